/**
 * The contracts of legs that a person names by expiry, strike and right. The trading class must be one that a builder may open too, and
 * the same for all legs of one expiry.
 */
import type { Broker } from '../../broker/api.js';
import type { OptionTerms } from '../../domain/option.js';
import type { LegTerms } from '../../domain/strategy/build.js';
import { classesFor, type ListedClass } from '../../domain/strategy/expiration.js';
import type { StrategySettings } from '../../domain/strategy/settings.js';
import { listedTerms } from '../market/candidates.js';
import type { EntryMarket } from '../market/entry-market.js';

interface CustomTerms {
  readonly terms: readonly OptionTerms[];
  /** Why legs cannot be opened. */
  readonly unusable: readonly string[];
}

export async function customTerms(
  broker: Pick<Broker, 'qualify'>,
  market: EntryMarket,
  classes: readonly ListedClass[],
  legs: readonly LegTerms[],
  settings: StrategySettings,
): Promise<CustomTerms> {
  const terms: OptionTerms[] = [];
  const unusable: string[] = [];
  for (const expiry of new Set(legs.map((leg) => leg.expiry))) {
    const own = legs.filter((leg) => leg.expiry === expiry);
    const strikes = own.map(({ strike }) => strike);
    const fitting = classesFor(classes, expiry, strikes, settings).map((one) => termsOf(one, own));
    const found = await firstListed(broker, market, fitting, settings);
    if (found === undefined) unusable.push(...whyUnusable(classes, own, settings));
    else terms.push(...found);
  }
  return { terms, unusable };
}

function termsOf({ tradingClass, multiplier }: ListedClass, legs: readonly LegTerms[]): readonly OptionTerms[] {
  return legs.map(({ right, strike, expiry }) => ({ right, strike, expiry, tradingClass, multiplier }));
}

/** The strikes of a class are those of all its expirations together, so where two classes fit, their contracts decide. */
async function firstListed(
  broker: Pick<Broker, 'qualify'>,
  market: EntryMarket,
  fitting: readonly (readonly OptionTerms[])[],
  settings: StrategySettings,
): Promise<readonly OptionTerms[] | undefined> {
  if (fitting.length < 2) return fitting[0];
  for (const terms of fitting) {
    const listed = await listedTerms(broker, market, terms, settings);
    const hasAll = terms.every(({ right, strike }) =>
      listed.some(({ contract }) => contract.right === right && contract.strike === strike),
    );
    if (hasAll) return terms;
  }
  return fitting[0];
}

function whyUnusable(
  classes: readonly ListedClass[],
  legs: readonly LegTerms[],
  settings: StrategySettings,
): readonly string[] {
  const named = legs.map(({ right, strike, expiry }) => ({
    name: `${right} ${strike}`,
    expiry,
    all: classes.filter((one) => one.expirations.includes(expiry) && one.strikes.includes(strike)),
    usable: classesFor(classes, expiry, [strike], settings),
  }));
  const alone = named.flatMap(({ name, expiry, all, usable }) => {
    if (all.length === 0) return [`${name} of ${expiry} is not listed.`];
    if (usable.length > 0) return [];
    return [
      `${name} of ${expiry} is listed only as ${namesOf(all)}. Adjusted contracts are never opened; morning-settled ones need strategy.allowAmSettled: true.`,
    ];
  });
  if (alone.length > 0) return alone;
  const apart = named.map(({ name, usable }) => `${name} as ${namesOf(usable)}`).join('; ');
  return [`The legs of ${legs[0]?.expiry} must be of one class, but are listed apart: ${apart}.`];
}

function namesOf(classes: readonly ListedClass[]): string {
  return classes.map(({ tradingClass }) => tradingClass).join(', ');
}

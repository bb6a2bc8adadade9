/** The whole configuration: every section with its defaults, and the checks that span sections. */
import { z } from 'zod';
import { entrySettingsSchema } from '../domain/entry/settings.js';
import { orderSettingsSchema } from '../domain/order/settings.js';
import { assignmentSettingsSchema } from '../domain/position/settings.js';
import { riskSettingsSchema } from '../domain/risk/settings.js';
import { RULES } from '../domain/rules/registry.js';
import { rulesSettingsSchema } from '../domain/rules/settings.js';
import { strategySettingsSchema } from '../domain/strategy/settings.js';
import {
  alertSettingsSchema,
  databaseSettingsSchema,
  ibSettingsSchema,
  LIVE_PORTS,
  temporalSettingsSchema,
  watchSettingsSchema,
} from './sections.js';

const sections = z.strictObject({
  ib: ibSettingsSchema,
  database: databaseSettingsSchema,
  temporal: temporalSettingsSchema,
  strategy: strategySettingsSchema.prefault({}).describe('building of strategies on the listed chain'),
  entry: entrySettingsSchema.prefault({}).describe('the entry signal and market quality'),
  risk: riskSettingsSchema.prefault({}).describe('limits that every opening order must keep'),
  rules: rulesSettingsSchema
    .prefault({})
    .describe('the rules that decide when a position is closed, rolled or reduced'),
  orders: orderSettingsSchema.prefault({}).describe('pricing and working of orders'),
  assignment: assignmentSettingsSchema,
  watch: watchSettingsSchema,
  alerts: alertSettingsSchema,
});

type Sections = z.infer<typeof sections>;

/** A contradiction between values: its place, and one sentence that names field, value and what is allowed. */
interface Contradiction {
  readonly path: readonly string[];
  readonly message: string;
}

/** Everything that may be configured; `parse({})` gives the defaults. */
export const settingsSchema = sections.superRefine((settings, context) => {
  const contradictions = [
    ...liveContradictions(settings),
    ...expiryContradictions(settings),
    ...stopContradictions(settings),
    ...rollContradictions(settings),
    ...confirmationContradictions(settings),
    ...slotContradictions(settings),
  ];
  for (const { path, message } of contradictions) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});

export type Settings = z.infer<typeof settingsSchema>;

/** By default there is no live trading: a live port is used only when a live account is named, twice. */
function* liveContradictions({ ib }: Sections): Generator<Contradiction> {
  if (ib.live !== '' && !ib.accounts.includes(ib.live)) {
    yield {
      path: ['ib', 'live'],
      message: 'ib.live: the named account is not allowed; expected an account that ib.accounts lists.',
    };
  }
  if (LIVE_PORTS.includes(ib.port) && ib.live === '') {
    yield {
      path: ['ib', 'port'],
      message: `ib.port: ${ib.port} is not allowed, it is a live trading port; expected a paper port, or ib.live to name the live account.`,
    };
  }
  if (!ib.allowedPorts.includes(ib.port)) {
    yield {
      path: ['ib', 'port'],
      message: `ib.port: ${ib.port} is not allowed; expected one of ib.allowedPorts (${ib.allowedPorts.join(', ') || 'none'}).`,
    };
  }
  if (!ib.allowedHosts.includes(ib.host)) {
    yield {
      path: ['ib', 'host'],
      message: `ib.host: "${ib.host}" is not allowed; expected one of ib.allowedHosts (${ib.allowedHosts.join(', ') || 'none'}).`,
    };
  }
}

/**
 * A stop at the broker inside the rule's loss would always trigger first, without the rule's confirmation. The check ignores `kind`,
 * since an entry may choose its own.
 */
function* stopContradictions({ orders, rules }: Sections): Generator<Contradiction> {
  const { loss } = orders.protective;
  if (rules.stopLoss.enabled && loss !== undefined && loss < rules.stopLoss.credit) {
    yield {
      path: ['orders', 'protective', 'loss'],
      message: `orders.protective.loss: ${loss} is not allowed; expected at least rules.stopLoss.credit (${rules.stopLoss.credit}), or a smaller rules.stopLoss.credit.`,
    };
  }
}

/** Only a decision that closes the whole position can roll instead, and one rule has a setting of its own. */
function* rollContradictions({ rules: { roll } }: Sections): Generator<Contradiction> {
  const closing = RULES.flatMap(({ decisions }) => decisions).filter(
    (id) => id !== 'dte_roll' && id !== 'take_profit_partial',
  );
  for (const id of Object.keys(roll.perRule)) {
    if (closing.includes(id)) continue;
    const expected = id === 'dte_roll' ? 'rules.dteRoll.action' : `one of ${closing.join(', ')}`;
    yield {
      path: ['rules', 'roll', 'perRule', id],
      message: `rules.roll.perRule.${id}: this decision is not allowed here; expected ${expected}.`,
    };
  }
}

/** A misspelt rule name would silently leave that rule's confirmation unchanged. */
function* confirmationContradictions({ rules: { confirmation } }: Sections): Generator<Contradiction> {
  const names = RULES.flatMap(({ name, decisions }) => [name, ...decisions]);
  for (const name of Object.keys(confirmation.perRule).filter((key) => !names.includes(key))) {
    yield {
      path: ['rules', 'confirmation', 'perRule', name],
      message: `rules.confirmation.perRule: "${name}" is not allowed; expected one of ${[...new Set(names)].sort().join(', ')}.`,
    };
  }
}

/** A position beyond the slots would wait for another to end, with its rules not evaluated. */
function* slotContradictions({ risk, watch }: Sections): Generator<Contradiction> {
  if (risk.positionsMax <= watch.positionsMax) return;
  yield {
    path: ['risk', 'positionsMax'],
    message: `risk.positionsMax: ${risk.positionsMax} is not allowed; expected at most watch.positionsMax (${watch.positionsMax}), since a worker watches no more.`,
  };
}

/** A position opened too close to the roll threshold would be rolled at once. */
function* expiryContradictions({ strategy, rules: { dteRoll } }: Sections): Generator<Contradiction> {
  if (strategy.dteMin > strategy.dte || strategy.dte > strategy.dteMax) {
    yield {
      path: ['strategy', 'dte'],
      message: `strategy.dte: ${strategy.dte} is not allowed; expected a number from strategy.dteMin (${strategy.dteMin}) to strategy.dteMax (${strategy.dteMax}).`,
    };
  }
  if (!dteRoll.enabled) return;
  const earliest = dteRoll.rollDte + strategy.dteAboveRoll;
  const bound = `rules.dteRoll.rollDte + strategy.dteAboveRoll = ${earliest} or more days`;
  if (strategy.dte < earliest) {
    yield {
      path: ['strategy', 'dte'],
      message: `strategy.dte: ${strategy.dte} is not allowed; expected ${bound}.`,
    };
  }
  if (dteRoll.rollToDte < earliest) {
    yield {
      path: ['rules', 'dteRoll', 'rollToDte'],
      message: `rules.dteRoll.rollToDte: ${dteRoll.rollToDte} is not allowed; expected ${bound}.`,
    };
  }
}

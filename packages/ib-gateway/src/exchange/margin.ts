/**
 * Margin: strategy-based rules in the manner of Regulation T, for one account.
 *
 * Options: every short is paired with a long of the same right that lives at least as long; a pair needs its width, an
 * uncovered short its premium plus the greater of 20 % of the underlying less the amount out of the money and 10 %
 * (FINRA 4210(f)(2)). Of calls and puts of one expiry only the worse side counts, because not both can lose: so a condor needs
 * its wider side. Stock: half its value at first, a quarter to keep (30 % when short); shares cover short calls.
 */
import type { GatewayContract, Right } from '../model.js';

export interface MarginPosition {
  readonly contract: GatewayContract;
  readonly quantity: number;
}

export interface MarginInputs {
  /** Price of a contract, dollars per share. */
  readonly price: (conId: number) => number;
  /** Multiplier of every requirement. */
  readonly factor: number;
  /** Multiplier of requirements for uncovered positions, 1 in a calm market. */
  readonly stress: number;
}

export interface MarginRequirement {
  readonly initial: number;
  readonly maintenance: number;
}

interface Short {
  readonly contract: GatewayContract;
  readonly quantity: number;
}

const UNCOVERED_SHARE = 0.2;
const UNCOVERED_FLOOR = 0.1;

/** Requirement of a set of positions, dollars. */
export function marginRequirement(positions: readonly MarginPosition[], inputs: MarginInputs): MarginRequirement {
  const underlyings = new Set(positions.map(({ contract }) => contract.underlyingConId ?? contract.conId));
  let initial = 0;
  let maintenance = 0;
  for (const conId of underlyings) {
    const held = positions.filter(({ contract }) => (contract.underlyingConId ?? contract.conId) === conId);
    const stock = held.find(({ contract }) => contract.secType !== 'OPT');
    const options = held.filter(({ contract }) => contract.secType === 'OPT');
    const value =
      Math.abs(stock?.quantity ?? 0) * (stock?.contract.multiplier ?? 1) * (stock ? inputs.price(conId) : 0);
    const optionPart = optionRequirement(options, Math.max(0, stock?.quantity ?? 0), inputs, conId);
    initial += value * 0.5 * inputs.stress + optionPart;
    maintenance += value * ((stock?.quantity ?? 0) < 0 ? 0.3 : 0.25) * inputs.stress + optionPart;
  }
  return { initial: cents(initial * inputs.factor), maintenance: cents(maintenance * inputs.factor) };
}

const cents = (value: number): number => Math.round(value * 100) / 100;

function optionRequirement(
  options: readonly MarginPosition[],
  shares: number,
  inputs: MarginInputs,
  underlying: number,
): number {
  const sides = new Map<string, { C: number; P: number }>();
  for (const right of ['C', 'P'] as const) {
    for (const { expiry, amount } of sideRequirements(options, right, shares, inputs, underlying)) {
      const side = sides.get(expiry) ?? { C: 0, P: 0 };
      side[right] += amount;
      sides.set(expiry, side);
    }
  }
  return [...sides.values()].reduce((sum, side) => sum + Math.max(side.C, side.P), 0);
}

function sideRequirements(
  options: readonly MarginPosition[],
  right: Right,
  shares: number,
  inputs: MarginInputs,
  underlying: number,
): readonly { readonly expiry: string; readonly amount: number }[] {
  const ofRight = options.filter(({ contract }) => contract.right === right);
  const longs = ofRight.filter(({ quantity }) => quantity > 0).map((one) => ({ ...one, left: one.quantity }));
  const shorts = ofRight.filter(({ quantity }) => quantity < 0).sort((a, b) => nearness(b) - nearness(a));
  let cover = right === 'C' ? shares : 0;
  return shorts.map(({ contract, quantity }) => {
    const multiplier = contract.multiplier ?? 100;
    let left = -quantity;
    let amount = 0;
    const candidates = longs
      .filter((long) => (long.contract.expiry ?? '') >= (contract.expiry ?? ''))
      .sort((a, b) => width(contract, a.contract) - width(contract, b.contract));
    for (const long of candidates) {
      const paired = Math.min(left, long.left);
      const perPair = Math.min(
        width(contract, long.contract) * multiplier,
        uncovered({ contract, quantity: 1 }, inputs, underlying),
      );
      amount += paired * perPair;
      long.left -= paired;
      left -= paired;
    }
    const covered = Math.min(left, Math.floor(cover / multiplier));
    cover -= covered * multiplier;
    return {
      expiry: contract.expiry ?? '',
      amount: amount + uncovered({ contract, quantity: left - covered }, inputs, underlying),
    };
  });

  function nearness(one: MarginPosition): number {
    return (right === 'C' ? -1 : 1) * (one.contract.strike ?? 0);
  }
}

/** The most that a pair can lose per share: the distance from the short strike to the long one, in the losing direction. */
function width(short: GatewayContract, long: GatewayContract): number {
  const distance = (long.strike ?? 0) - (short.strike ?? 0);
  return Math.max(0, short.right === 'C' ? distance : -distance);
}

function uncovered(short: Short, inputs: MarginInputs, underlying: number): number {
  if (short.quantity === 0) return 0;
  const { contract } = short;
  const spot = inputs.price(underlying);
  const strike = contract.strike ?? 0;
  const out = Math.max(0, contract.right === 'C' ? strike - spot : spot - strike);
  const floor = UNCOVERED_FLOOR * (contract.right === 'C' ? spot : strike);
  const share = Math.max(UNCOVERED_SHARE * spot - out, floor) * inputs.stress;
  return short.quantity * (contract.multiplier ?? 100) * (inputs.price(contract.conId) + share);
}

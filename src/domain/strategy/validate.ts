/** The invariants of a built strategy, by structure. Every violation is a sentence; none means valid. */
import type { StrategyPlan } from './strategy.js';

export function validateStrategy(plan: StrategyPlan): readonly string[] {
  const common = [
    ...(plan.legs.length >= 1 && plan.legs.length <= 4
      ? []
      : [`A strategy has 1 to 4 legs; this one has ${plan.legs.length}.`]),
    ...(Number.isInteger(plan.quantity) && plan.quantity > 0
      ? []
      : [`quantity: ${plan.quantity} is not allowed; expected a whole number above 0.`]),
    ...plan.legs
      .filter((leg) => !(Number.isInteger(leg.ratio) && leg.ratio > 0))
      .map((leg) => `A leg's ratio must be a whole number above 0, not ${leg.ratio}.`),
    ...(new Set(plan.legs.map((leg) => leg.contract.conId)).size === plan.legs.length
      ? []
      : ['Two legs are the same contract.']),
    ...(new Set(plan.legs.map((leg) => leg.contract.multiplier)).size <= 1
      ? []
      : ['The legs have different multipliers.']),
    ...classesApart(plan),
  ];
  switch (plan.strategyType) {
    case 'iron_condor':
      return [...common, ...ironCondor(plan)];
    case 'bull_put_spread':
    case 'bear_call_spread':
    case 'bull_call_spread':
    case 'bear_put_spread':
      return [...common, ...vertical(plan)];
    case 'long_call':
    case 'long_put':
      return [
        ...common,
        ...(plan.legs.length === 1 && plan.legs[0]?.action === 'BUY' ? [] : ['A long option is one bought leg.']),
      ];
    case 'custom':
      return common;
  }
}

/** One bought put, sold put, sold call, bought call at rising strikes of one expiration, opened for a credit. */
function ironCondor(plan: StrategyPlan): readonly string[] {
  const strikes = (['BUY PUT', 'SELL PUT', 'SELL CALL', 'BUY CALL'] as const).map((kind) =>
    plan.legs.filter((leg) => `${leg.action} ${leg.contract.right}` === kind).map((leg) => leg.contract.strike),
  );
  if (plan.legs.length !== 4 || strikes.some((one) => one.length !== 1))
    return ['An iron condor buys and sells one put and one call each.'];
  const [longPut = 0, shortPut = 0, shortCall = 0, longCall = 0] = strikes.flat();
  const underlying = plan.underlyingPrice / 1_000_000;
  return [
    ...sameExpiration(plan),
    ...(longPut < shortPut && shortPut < shortCall && shortCall < longCall
      ? []
      : [`The strikes must rise: ${longPut}, ${shortPut}, ${shortCall}, ${longCall}.`]),
    ...(shortPut < underlying && underlying < shortCall
      ? []
      : [`The short strikes ${shortPut} and ${shortCall} must lie around the price ${underlying.toFixed(2)}.`]),
    ...(plan.netMid > 0 ? [] : ['An iron condor is opened for a credit, but these quotes give none.']),
  ];
}

function vertical(plan: StrategyPlan): readonly string[] {
  const [first, second] = plan.legs;
  if (plan.legs.length !== 2 || first === undefined || second === undefined) return ['A vertical spread has two legs.'];
  const credit = plan.strategyType === 'bull_put_spread' || plan.strategyType === 'bear_call_spread';
  return [
    ...sameExpiration(plan),
    ...(first.contract.right === second.contract.right ? [] : ['Both legs of a vertical spread have the same right.']),
    ...(first.action !== second.action ? [] : ['A vertical spread buys one leg and sells the other.']),
    ...(first.contract.strike !== second.contract.strike ? [] : ['The strikes of a vertical spread differ.']),
    ...(credit === plan.netMid > 0
      ? []
      : [
          `This spread must be opened for a ${credit ? 'credit' : 'debit'}, but these quotes give a ${credit ? 'debit' : 'credit'}.`,
        ]),
  ];
}

/** Two classes of one day settle at different times, so that their legs do not cover each other. */
function classesApart({ legs }: StrategyPlan): readonly string[] {
  return [...new Set(legs.map(({ contract }) => contract.expiry))].flatMap((expiry) => {
    const own = legs.filter(({ contract }) => contract.expiry === expiry);
    const names = [...new Set(own.map(({ contract }) => contract.tradingClass))];
    return names.length > 1 ? [`The legs of ${expiry} are of different classes: ${names.join(', ')}.`] : [];
  });
}

function sameExpiration(plan: StrategyPlan): readonly string[] {
  return new Set(plan.legs.map((leg) => leg.contract.expiry)).size === 1 ? [] : ['All legs must have one expiration.'];
}

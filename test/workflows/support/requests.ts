/** Requests and commands as the command line would make them, for one account alias. */
import type { EntryInput, ExitCommand, ExitInput, PositionInput } from '../../../src/contract/requests.js';
import { parseMoney } from '../../../src/domain/money.js';
import type { StrategyPlan } from '../../../src/domain/strategy/strategy.js';

export const ALIAS = 'paper';
export const EXPIRY = '20260417';

export function planFor(symbol: string, quantity: number): StrategyPlan {
  return {
    strategyType: 'iron_condor',
    structure: 'iron_condor',
    symbol,
    underlyingConId: 1,
    legs: [],
    quantity,
    multiplier: 100,
    netMid: parseMoney('1.00'),
    netNatural: parseMoney('0.90'),
    width: parseMoney('5.00'),
    breakevens: [],
    expiry: EXPIRY,
    dte: 45,
    netDelta: 0,
    underlyingPrice: parseMoney('650.00'),
    builtAt: 0,
    params: {},
  };
}

export function positionInput(positionId: string, extra: Partial<PositionInput> = {}): PositionInput {
  return {
    accountAlias: ALIAS,
    positionId,
    symbol: 'SPY',
    strategyType: 'iron_condor',
    expiry: EXPIRY,
    title: positionId,
    pricing: { kind: 'walk' },
    ...extra,
  };
}

export function entryInput(entryId: string, extra: Partial<EntryInput['request']> = {}): EntryInput {
  return {
    accountAlias: ALIAS,
    request: {
      entryId,
      symbol: 'SPY',
      strategyType: 'iron_condor',
      quantity: 2,
      pricing: { kind: 'walk' },
      set: {},
      dryRun: false,
      ignoreSignal: false,
      ...extra,
    },
  };
}

export function exitInput(
  positionId: string,
  requestId: string,
  action: ExitInput['action'],
  extra: Partial<ExitInput> = {},
): ExitInput {
  return { accountAlias: ALIAS, positionId, requestId, action, ...extra };
}

/** A rule's decision, as a watch reports it. */
export function ruleCommand(
  action: ExitCommand['action'],
  rule: string,
  extra: Partial<ExitCommand> = {},
): ExitCommand {
  return {
    requestId: `rule-${rule}`,
    action,
    urgency: 'NORMAL',
    rule,
    reason: `${rule} fired`,
    by: 'rule',
    pricing: { kind: 'walk' },
    overrideHalt: false,
    ...extra,
  };
}

/** A watch that ends with a rule's decision. */
export function decided(command: ExitCommand) {
  const { urgency, rule, reason } = command;
  return {
    kind: 'decision',
    decision: { action: command.action, urgency, rule, reason, metadata: {}, at: 0 },
    command,
  } as const;
}

/**
 * An exit that has not filled: how urgent its age makes it, and when people are notified. Age is trading time since the exit began: a night
 * adds nothing. Only an exit that limits risk becomes more urgent; for one that takes a profit, or whose price a person fixed, only an
 * alert is raised.
 */
import { MINUTE_MS, tradingMsBetween } from 'market-time';
import type { OptionContract } from '../option.js';
import type { ExitAgeSettings } from '../order/settings.js';
import { URGENCY_RANK, type Urgency } from './decision.js';
import { ruleOfDecision } from './registry.js';

/** The purpose of an exit. */
export interface ExitOrigin {
  /** Market time of its first plan, epoch ms. */
  readonly since: number;
  /** Rule ids of the command and of every request that it serves. */
  readonly rules: readonly string[];
}

export interface ExitAge {
  /** Trading minutes since the exit began, rounded down. */
  readonly minutes: number;
  /** At least the requested urgency. */
  readonly urgency: Urgency;
  /** It becomes more urgent by itself. */
  readonly escalates: boolean;
  /** Every urgency below the last resort has had its time. */
  readonly lastResort: boolean;
  /** How many alerts should have been raised by now. */
  readonly alerts: number;
  /** Trading in a short leg ends soon: its moment, epoch ms. */
  readonly lastTradeAt?: number;
  /** Market time of the next change of one of these, as long as the session stays open; epoch ms. */
  readonly nextAt: number;
}

interface Input {
  readonly origin: ExitOrigin;
  readonly urgency: Urgency;
  /** A net price that a person fixed. */
  readonly isFixed: boolean;
  /** Every leg of the position, and those that are held short. */
  readonly contracts: readonly OptionContract[];
  readonly shorts: readonly OptionContract[];
  readonly now: number;
}

export function ageOfExit(input: Input, settings: ExitAgeSettings): ExitAge {
  const { origin, contracts, shorts, isFixed, now } = input;
  const ageMs = tradingAge(contracts, origin.since, now);
  const deadline = deadlineOf(shorts, settings);
  const isLate = deadline !== undefined && now >= deadline.at;
  const escalates = !isFixed && (isLate || !origin.rules.every(takesProfit));
  const due = (minutes: number) => ageMs >= minutes * MINUTE_MS;
  const { alertMinutes, highMinutes, immediateMinutes, lastResortMinutes } = settings;
  const aged: Urgency = isLate || due(immediateMinutes) ? 'IMMEDIATE' : due(highMinutes) ? 'HIGH' : 'LOW';
  const alerts = Math.floor(ageMs / (alertMinutes * MINUTE_MS));
  const marks = [
    now + (alerts + 1) * alertMinutes * MINUTE_MS - ageMs,
    ...(escalates ? [highMinutes, immediateMinutes, lastResortMinutes] : []).map(
      (minutes) => now + minutes * MINUTE_MS - ageMs,
    ),
    ...(deadline === undefined ? [] : [deadline.at]),
  ];
  return {
    minutes: Math.floor(ageMs / MINUTE_MS),
    urgency: escalates ? moreUrgent(input.urgency, aged) : input.urgency,
    escalates,
    lastResort: escalates && due(isLate ? immediateMinutes : lastResortMinutes),
    alerts: Math.max(alerts, isLate ? 1 : 0),
    ...(isLate && { lastTradeAt: deadline.lastTradeAt }),
    nextAt: Math.min(...marks.filter((at) => at > now)),
  };
}

/** When a position with these short legs must be flat, or an alert is raised; undefined without short legs. Epoch ms. */
export function deadlineOf(
  shorts: readonly Pick<OptionContract, 'lastTradeAt'>[],
  { deadlineMinutes }: Pick<ExitAgeSettings, 'deadlineMinutes'>,
): { readonly at: number; readonly lastTradeAt: number } | undefined {
  if (shorts.length === 0) return undefined;
  const lastTradeAt = Math.min(...shorts.map((contract) => contract.lastTradeAt));
  return { at: lastTradeAt - deadlineMinutes * MINUTE_MS, lastTradeAt };
}

/** The legs trade together only while each of them trades. */
function tradingAge(contracts: readonly OptionContract[], since: number, now: number): number {
  const ages = contracts.map(({ tradingClass, expiry }) => tradingMsBetween(tradingClass, expiry, since, now));
  return ages.length === 0 ? 0 : Math.min(...ages);
}

function takesProfit(ruleId: string): boolean {
  return ruleOfDecision(ruleId)?.takesProfit?.includes(ruleId) === true;
}

function moreUrgent(one: Urgency, other: Urgency): Urgency {
  return URGENCY_RANK[other] < URGENCY_RANK[one] ? other : one;
}

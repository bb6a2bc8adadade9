/**
 * One bad tick is not a decision: a decision must hold in 2 of 3 samples, some seconds apart.
 *
 * A sample is taken at the first poll that decides for a rule and then at the first poll after each gap; polls between are not samples.
 * HOLD is a sample against every pending rule, and so is the decision of a rule of lower priority. The decision of a rule of higher
 * priority hides the pending one: that sample counts neither for nor against. Price rules also need a narrow net spread in those
 * samples. When it is wide they must hold for a minute, unless the underlying has moved since the spread was last narrow, which
 * explains the width. Decisions by the clock alone need no confirmation.
 */
import { fromNumber, type Micros } from '../money.js';
import type { Decision } from './decision.js';
import { RULES, ruleOfDecision } from './registry.js';
import type { RulesSettings } from './settings.js';

export interface Observation {
  readonly decision: Decision;
  /** Market time, epoch ms. */
  readonly at: number;
  readonly netSpread?: Micros;
  readonly netMid?: Micros;
  readonly underlying?: Micros;
}

export interface Observed {
  readonly confirmed?: Decision;
  /** Market time of the next sample of a pending rule, epoch ms. */
  readonly nextSampleAt?: number;
}

/** In favour with a narrow or a wide spread, against, or hidden by a rule of higher priority. */
type Sample = 'narrow' | 'wide' | 'against' | 'unseen';

interface Pending {
  /** Latest samples; the first is in favour. */
  samples: readonly Sample[];
  lastAt: number;
  /** When the samples without one against began. */
  since: number | undefined;
  gapMs: number;
}

/** Place of each decision in the order in which the rules are asked. */
const ORDER: ReadonlyMap<string, number> = new Map(
  RULES.flatMap((rule) => rule.decisions).map((id, place) => [id, place]),
);

export class Confirmation {
  private readonly pending = new Map<string, Pending>();
  /** Underlying when the net spread was last narrow; until then the first price seen. */
  private reference: Micros | undefined;

  /** Takes in one poll. Confirmed decisions start over: they need new samples to be confirmed again. */
  observe(observation: Observation, settings: RulesSettings): Observed {
    const { decision, at, underlying } = observation;
    const narrow = isNarrow(observation, settings);
    const moved = this.hasMoved(underlying, settings);
    if (underlying !== undefined && (narrow || this.reference === undefined)) this.reference = underlying;
    this.sampleOthers(decision, at, settings);
    if (decision.action === 'HOLD') return this.answer(at);
    if (!needsConfirmation(decision.rule, settings)) {
      this.pending.delete(decision.rule);
      return this.answer(at, decision);
    }
    const spreadCounts = ruleOfDecision(decision.rule)?.kind !== 'underlying';
    const pending = this.sampleFor(decision, at, !spreadCounts || narrow || moved ? 'narrow' : 'wide', settings);
    if (pending === undefined || !isConfirmed(pending, decision, at, settings)) return this.answer(at);
    this.pending.delete(decision.rule);
    return this.answer(at, decision);
  }

  private answer(at: number, confirmed?: Decision): Observed {
    const times = [...this.pending.values()].map(({ lastAt, gapMs }) => lastAt + gapMs).filter((time) => time > at);
    return {
      ...(confirmed && { confirmed }),
      ...(times.length > 0 && { nextSampleAt: Math.min(...times) }),
    };
  }

  /** The pending rule when this poll was a sample of it. */
  private sampleFor(
    decision: Decision,
    at: number,
    kind: 'narrow' | 'wide',
    settings: RulesSettings,
  ): Pending | undefined {
    const { immediateGapSeconds, otherGapSeconds } = settings.confirmation;
    const gapMs = (decision.urgency === 'IMMEDIATE' ? immediateGapSeconds : otherGapSeconds) * 1000;
    const known = this.pending.get(decision.rule);
    if (known === undefined) {
      const fresh: Pending = { samples: [kind], lastAt: at, since: at, gapMs };
      this.pending.set(decision.rule, fresh);
      return fresh;
    }
    known.gapMs = gapMs;
    if (at < known.lastAt + gapMs) return undefined;
    known.samples = [...known.samples, kind].slice(-settings.confirmation.samples);
    known.lastAt = at;
    known.since ??= at;
    return known;
  }

  /** Samples the pending rules that this poll did not decide for; a rule without a sample in favour is forgotten. */
  private sampleOthers(decision: Decision, at: number, settings: RulesSettings): void {
    for (const [id, pending] of this.pending) {
      if (id === decision.rule || at < pending.lastAt + pending.gapMs) continue;
      const sample: Sample = hides(decision, id) ? 'unseen' : 'against';
      const samples = [...pending.samples, sample].slice(-settings.confirmation.samples);
      const first = samples.findIndex(inFavour);
      if (first < 0) {
        this.pending.delete(id);
        continue;
      }
      pending.samples = samples.slice(first);
      pending.lastAt = at;
      if (sample === 'against') pending.since = undefined;
    }
  }

  private hasMoved(underlying: Micros | undefined, settings: RulesSettings): boolean {
    if (underlying === undefined || this.reference === undefined || this.reference <= 0) return false;
    return Math.abs(underlying - this.reference) / this.reference >= settings.confirmation.underlyingMovePct;
  }
}

/** Whether a decision of this id must be confirmed: by its own setting, else its rule's, else the general one. */
export function needsConfirmation(decisionId: string, settings: RulesSettings): boolean {
  const rule = ruleOfDecision(decisionId);
  if (rule?.byClock?.includes(decisionId)) return false;
  const { enabled, perRule } = settings.confirmation;
  return perRule[decisionId] ?? (rule && perRule[rule.name]) ?? enabled;
}

/** Whether a decision hides what a rule would have decided: it comes from a rule of higher priority. */
function hides(decision: Decision, id: string): boolean {
  if (decision.action === 'HOLD') return false;
  const [place, other] = [ORDER.get(decision.rule), ORDER.get(id)];
  return place === undefined || other === undefined || place < other;
}

function inFavour(sample: Sample): boolean {
  return sample === 'narrow' || sample === 'wide';
}

function isNarrow({ netSpread, netMid }: Observation, { confirmation }: RulesSettings): boolean {
  if (netSpread === undefined || netMid === undefined) return false;
  return netSpread <= Math.max(fromNumber(confirmation.spreadMax), confirmation.spreadPct * Math.abs(netMid));
}

function isConfirmed(pending: Pending, decision: Decision, at: number, settings: RulesSettings): boolean {
  const { needed, wideSeconds } = settings.confirmation;
  const held = pending.since === undefined ? 0 : at - pending.since;
  if (ruleOfDecision(decision.rule)?.name === 'delta_risk' && held < settings.deltaRisk.confirmSeconds * 1000) {
    return false;
  }
  if (pending.samples.filter((sample) => sample === 'narrow').length >= needed) return true;
  return pending.samples.filter(inFavour).length >= needed && held >= wideSeconds * 1000;
}

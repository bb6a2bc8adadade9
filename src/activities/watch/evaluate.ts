/** What the rules say about a position now, for a person who asks. Nothing is recorded and nothing follows from it. */
import type { Evaluation } from '../../contract/activities.js';
import { LegworkError } from '../../domain/errors.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import { evaluateRules } from '../../domain/rules/engine.js';
import { existing } from '../context/existing.js';
import { Monitor, type MonitorParts } from './monitor.js';

const QUOTE_WAIT_MS = 3_000;

export async function evaluatePosition(parts: MonitorParts, positionId: string): Promise<Evaluation> {
  const { deps, calendar } = parts;
  const row = await existing(parts.deps.store, positionId);
  const reversed = reversalOf(row.legs);
  if (reversed !== undefined) return notJudged(positionId, reversed, deps.broker.clock.now());
  const contracts = row.plan.legs.map(({ contract }) => contract);
  const monitor = await Monitor.open(parts, positionId, () => undefined, 'look');
  try {
    await deps.broker.quotes.snapshot(
      contracts.map(({ conId, symbol }) => ({ conId, symbol, secType: 'OPT' as const, exchange: 'SMART' })),
      QUOTE_WAIT_MS,
    );
    const now = deps.broker.clock.now();
    const input = await monitor?.input(now, await calendar.of(contracts, now));
    if (input === undefined) {
      throw new LegworkError('NOT_FOUND', `position id: ${positionId} has no fills yet; there is nothing to evaluate.`);
    }
    const { decision, skipped, distances } = evaluateRules(input, deps.settings().rules);
    return { positionId, decision, skipped, distances };
  } finally {
    monitor?.close();
  }
}

/** No rule decides what a person must settle. */
function notJudged(positionId: string, reason: string, at: number): Evaluation {
  const decision = { action: 'HOLD', urgency: 'NORMAL', rule: 'reversed', reason, metadata: {}, at } as const;
  return { positionId, decision, skipped: [], distances: [] };
}

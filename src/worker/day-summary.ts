/**
 * The summary after each session, by the process that holds the broker session. The row of a day proves that it was made, so a worker that
 * starts late makes up for the last session, and one that restarts does not repeat it.
 */
import { parseDay, tradingDayFrom } from 'market-time';
import { type DaySummaryParts, makeDaySummary } from '../activities/positions/day-summary.js';
import { lastDueDay, summaryDueAt } from '../domain/summary/due.js';
import { dashed, summaryText } from '../domain/summary/summary-text.js';
import { channelsOf } from '../outbound/alert-channels.js';

const ACTOR = 'day-summary';
const RETRY_MS = 1_000;
/** Wall time after the start of a process in which it waits for the broker; afterwards it goes without. */
const BROKER_WAIT_MS = 300_000;
/** Positions that a message names. */
const NAMED = 20;

export class DaySummarySchedule {
  private readonly ended = new AbortController();
  private readonly done: Promise<void>;
  private readonly startedAt = performance.now();

  constructor(private readonly parts: DaySummaryParts) {
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { clock } = this.parts.deps.broker;
    const { signal } = this.ended;
    let isFirst = true;
    while (!signal.aborted) {
      // A stepped clock stands still until the summary is made.
      const release = clock.hold(ACTOR);
      const due = await this.untilMade(isFirst);
      isFirst = false;
      release();
      if (due !== undefined) await clock.wait(due, ACTOR, signal);
    }
  }

  /** When the next one is due; undefined when the process stops. */
  private async untilMade(isFirst: boolean): Promise<number | undefined> {
    while (!this.ended.signal.aborted) {
      try {
        const due = await this.turn(isFirst);
        if (due !== undefined) return due;
      } catch (error) {
        this.parts.deps.log('warn', 'the summary of the day could not be made', { error: String(error) });
      }
      await this.pause();
    }
    return undefined;
  }

  /** Makes the summary that is due and not made. Returns when the next one is due, or undefined to try again soon. */
  private async turn(isFirst: boolean): Promise<number | undefined> {
    const { deps } = this.parts;
    const { broker, store } = deps;
    if (!broker.state().usable && performance.now() - this.startedAt < BROKER_WAIT_MS) return undefined;
    const day = lastDueDay(broker.clock.now());
    const due = summaryDueAt(tradingDayFrom(day + 1));
    const newest = parseDay((await store.daySummaries.get())?.day ?? '');
    if (newest !== undefined && newest >= day) return due;
    const summary = await makeDaySummary(this.parts, day);
    // Nothing was held when no worker ran: there is nothing to make up for.
    if (isFirst && summary.positions.length === 0) return due;
    const severity = deps.settings().alerts.daySummary;
    const channels = channelsOf(deps.settings().alerts).filter(
      (channel) => severity !== 'off' && channel.severities.includes(severity),
    );
    const isSent = severity !== 'off' && channels.length > 0;
    await store.daySummaries.save(
      summary,
      isSent
        ? {
            ...{ severity, title: `Day summary of ${dashed(summary.day)}`, message: summaryText(summary, NAMED) },
            channels: channels.map(({ name }) => name),
          }
        : undefined,
    );
    return due;
  }

  private pause(): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(done, RETRY_MS);
      const { signal } = this.ended;
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
}

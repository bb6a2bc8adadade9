/** Measures what no event reports: how long each position has not been evaluated, and orders that wait for evidence or for a person. */
import type { BrokerDeps } from '../activities/context/deps.js';
import { evaluationAgeMs } from '../domain/stuck/evaluation.js';

const SAMPLE_MS = 5_000;

type Deps = Pick<BrokerDeps, 'broker' | 'log' | 'meters' | 'settings' | 'store'>;

/** Samples until the returned function has ended it. Does nothing where nobody can read it. */
export function startMeterSampler(deps: Deps): () => Promise<void> {
  if (deps.settings().observability.metricsPort === undefined) return async () => undefined;
  const sampler = new MeterSampler(deps);
  void sampler.sample();
  const timer = setInterval(() => void sampler.sample(), SAMPLE_MS);
  return async () => {
    clearInterval(timer);
    await sampler.stop();
  };
}

class MeterSampler {
  private running: Promise<void> | undefined;
  private isClockRead = false;

  constructor(private readonly deps: Deps) {}

  /** Never throws: the next sample follows soon. */
  async sample(): Promise<void> {
    this.running ??= this.take()
      .catch((error: unknown) => {
        // A value of before would look like one of now.
        this.deps.meters.unread();
        this.deps.log('warn', 'the meters could not be read', { error: String(error) });
      })
      .finally(() => {
        this.running = undefined;
      });
    await this.running;
  }

  /** The next holder of the session shows the positions. */
  async stop(): Promise<void> {
    await this.running;
    this.deps.meters.released();
  }

  private async take(): Promise<void> {
    const { broker, meters, store } = this.deps;
    const [rows, unsettled] = await Promise.all([store.executions.get_open_strategies(), store.intents.unsettled()]);
    for (const state of ['UNKNOWN', 'PARKED'] as const) {
      meters.orders(state, unsettled.filter((intent) => intent.state === state).length);
    }
    if (!this.isClockRead) {
      // Before the first session there is no market time. Afterwards it goes on while the gateway is away.
      if (!broker.state().usable) return;
      this.isClockRead = true;
    }
    const now = broker.clock.now();
    const ids = rows.map(({ positionId }) => positionId);
    const unseen = ids.filter((id) => meters.evaluatedAt(id) === undefined);
    const stored = await store.snapshots.lastAt(unseen);
    for (const row of rows) {
      const { positionId } = row;
      const evaluatedAt = meters.evaluatedAt(positionId) ?? stored.get(positionId);
      meters.evaluationAge(positionId, evaluationAgeMs(row, evaluatedAt, now));
    }
    meters.onlyOpen(new Set(ids));
  }
}

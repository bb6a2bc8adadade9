/** Records what a worker measures of itself. A gauge without a value is NaN: a series cannot be taken back. */
import type { MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common';
import type { Log } from '../../domain/log.js';
import { METERS, type MeterName } from '../../domain/meters.js';
import type { OrderPurpose } from '../../domain/order/order.js';
import { FINDING_KINDS, type FindingKind } from '../../domain/position/reconcile.js';

/** A decision that is older has led to no order: the next order of the position has another cause. */
const CAUSE_MS = 600_000;

type Gauge = { readonly [Name in MeterName]: (typeof METERS)[Name]['kind'] extends 'gauge' ? Name : never }[MeterName];
type Histogram = Exclude<MeterName, Gauge>;
type LabelsOf<Name extends MeterName> = Readonly<Record<(typeof METERS)[Name]['labels'][number], string>>;

/** All times passed are wall ms of `performance.now()`, unless they are called market time. */
export class Meters {
  /** Decisions that no order has followed yet, by position. */
  private readonly decisions = new Map<string, number>();
  /** Market time of the last evaluation by this process, by position. */
  private readonly evaluations = new Map<string, number>();
  /** Positions with a value. */
  private readonly shown = new Set<string>();
  private readonly gauges = new Map<Gauge, MetricGauge>();
  private readonly histograms = new Map<Histogram, MetricHistogram>();

  constructor(
    private readonly meter: MetricMeter,
    private readonly log: Log,
  ) {}

  /** The rules of a position have been evaluated at market time `at`, and what followed from it is stored. */
  evaluated(
    positionId: string,
    seen: {
      readonly at: number;
      readonly action: string;
      readonly tickAt?: number;
      readonly quoteAgesMs: readonly number[];
    },
    now = performance.now(),
  ): void {
    this.shown.add(positionId);
    this.evaluations.set(positionId, seen.at);
    if (seen.tickAt !== undefined) {
      this.record('legwork_tick_to_decision_seconds', now - seen.tickAt, { action: seen.action });
    }
    const ageMs = seen.quoteAgesMs.length === 0 ? Number.NaN : Math.max(...seen.quoteAgesMs);
    this.set('legwork_quote_age_seconds', ageMs / 1000, { position: positionId });
  }

  /** Market time of the last evaluation by this process. */
  evaluatedAt(positionId: string): number | undefined {
    return this.evaluations.get(positionId);
  }

  decided(positionId: string, now = performance.now()): void {
    this.decisions.set(positionId, now);
  }

  /** An order has been written to the broker. */
  written(positionId: string, purpose: OrderPurpose, now = performance.now()): void {
    const decidedAt = this.decisions.get(positionId);
    this.decisions.delete(positionId);
    if (decidedAt === undefined || now - decidedAt > CAUSE_MS) return;
    this.record('legwork_decision_to_order_seconds', now - decidedAt, { purpose });
  }

  acknowledged(purpose: OrderPurpose, writtenAt: number, now = performance.now()): void {
    this.record('legwork_order_acknowledgement_seconds', now - writtenAt, { purpose });
  }

  /** Trading time since the last evaluation, ms; undefined: the position need not be evaluated. */
  evaluationAge(positionId: string, ageMs: number | undefined): void {
    this.shown.add(positionId);
    this.set('legwork_evaluation_age_seconds', (ageMs ?? Number.NaN) / 1000, { position: positionId });
  }

  /** Every other position has ended. */
  onlyOpen(positionIds: ReadonlySet<string>): void {
    for (const positionId of [...this.shown].filter((one) => !positionIds.has(one))) {
      this.evaluationAge(positionId, undefined);
      this.set('legwork_quote_age_seconds', Number.NaN, { position: positionId });
      this.shown.delete(positionId);
      this.evaluations.delete(positionId);
      this.decisions.delete(positionId);
    }
  }

  orders(state: 'UNKNOWN' | 'PARKED', count: number): void {
    this.set('legwork_orders', count, { state });
  }

  /** The last sample failed: nothing is known at present. */
  unread(): void {
    for (const positionId of this.shown) this.evaluationAge(positionId, undefined);
    for (const state of ['UNKNOWN', 'PARKED'] as const) this.orders(state, Number.NaN);
  }

  /** Another process holds the broker session from here on. */
  released(): void {
    this.onlyOpen(new Set());
    for (const state of ['UNKNOWN', 'PARKED'] as const) this.orders(state, Number.NaN);
    for (const kind of FINDING_KINDS) this.set('legwork_reconcile_findings', Number.NaN, { kind });
  }

  /** The differences that a comparison found. */
  compared(found: readonly { readonly kind: FindingKind }[]): void {
    for (const kind of FINDING_KINDS) {
      this.set('legwork_reconcile_findings', found.filter((one) => one.kind === kind).length, { kind });
    }
  }

  private set<Name extends Gauge>(name: Name, value: number, labels: LabelsOf<Name>): void {
    this.quietly(() => {
      const gauge = this.gauges.get(name) ?? this.meter.createGauge(name, 'float', '', METERS[name].about);
      this.gauges.set(name, gauge);
      gauge.set(value, labels);
    });
  }

  private record<Name extends Histogram>(name: Name, ms: number, labels: LabelsOf<Name>): void {
    this.quietly(() => {
      const histogram = this.histograms.get(name) ?? this.meter.createHistogram(name, 'float', 's', METERS[name].about);
      this.histograms.set(name, histogram);
      histogram.record(Math.max(0, ms) / 1000, labels);
    });
  }

  /** Measuring never holds up an order. */
  private quietly(measure: () => void): void {
    try {
      measure();
    } catch (error) {
      this.log('debug', 'a measurement was lost', { error: String(error) });
    }
  }
}

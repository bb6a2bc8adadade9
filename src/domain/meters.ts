/**
 * What a worker measures of itself, beside the metrics of the Temporal SDK at the same endpoint. Durations are in seconds: wall time,
 * but for ages, which are market time. docs/observability.md explains each.
 */

export interface Meter {
  readonly kind: 'gauge' | 'histogram';
  /** Labels of its series. */
  readonly labels: readonly string[];
  /** Upper bounds of the buckets of a histogram, in its unit; one without a bound follows. */
  readonly bounds?: readonly number[];
  /** For people: what it measures. */
  readonly about: string;
}

export const METERS = {
  legwork_tick_to_decision_seconds: {
    kind: 'histogram',
    labels: ['action'],
    bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30],
    about: 'from the first tick after the last evaluation of the rules until the next decision is stored',
  },
  legwork_decision_to_order_seconds: {
    kind: 'histogram',
    labels: ['purpose'],
    bounds: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    about:
      'from the decision of a rule, the plan of an exit that a person asked for, or the approval of an entry, to the write of its first order',
  },
  legwork_order_acknowledgement_seconds: {
    kind: 'histogram',
    labels: ['purpose'],
    bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    about: "from the write of an order to the broker's first word on it: a status, a fill or an error",
  },
  legwork_evaluation_age_seconds: {
    kind: 'gauge',
    labels: ['position'],
    about: 'trading time since the rules of the position were last evaluated; NaN while they need not be',
  },
  legwork_quote_age_seconds: {
    kind: 'gauge',
    labels: ['position'],
    about: 'age of the oldest live quote of a leg at the last evaluation; NaN while no leg has one',
  },
  legwork_orders: {
    kind: 'gauge',
    labels: ['state'],
    about: 'orders in the state UNKNOWN (evidence is missing) or PARKED (a person must decide)',
  },
  legwork_reconcile_findings: {
    kind: 'gauge',
    labels: ['kind'],
    about: 'differences between broker and database at the last comparison',
  },
} as const satisfies Readonly<Record<`legwork_${string}`, Meter>>;

export type MeterName = keyof typeof METERS;

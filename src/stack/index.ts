/** The parts of the embedded stack, one by one, for programs that start and stop them themselves. */
export { httpRequest } from '../outbound/http.js';
export type { Part, StackLog } from './child.js';
export { startCommand } from './command.js';
export { openLogs, type StackLogs } from './logs.js';
export { freePort } from './port.js';
export { type PostgresHandle, startPostgres } from './postgres.js';
export { startTemporal, type TemporalHandle } from './temporal.js';

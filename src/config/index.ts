/** The configuration: schema, loading, showing. */
export { type Loaded, loadSettings } from './load.js';
export { redact } from './redact.js';
export type { Settings } from './schema.js';

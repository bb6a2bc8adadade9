/** The configuration: schema, loading, showing. */
export { defaultSettings, hashOf, type Loaded, type LoadOptions, loadSettings, type Source } from './load.js';
export { maskAccount, maskUrl, redact } from './redact.js';
export { type Settings, settingsSchema } from './schema.js';

/** How much longer than planned a wait may take before it counts as failed: a wait ends with its condition, so it costs nothing. */
export const TIMEOUT_FACTOR = 5;

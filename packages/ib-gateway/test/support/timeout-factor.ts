/** How much longer than planned a wait may take before it fails. A wait ends with its condition, so a long limit costs nothing. */
export const TIMEOUT_FACTOR = 5;

/**
 * How much longer than planned a wait may take before it counts as failed: tests run beside each other on machines that
 * other programs use. A wait ends with its condition, so patience costs nothing where things go well.
 */
export const TIMEOUT_FACTOR = 5;

/**
 * The functions of `Math` that quotes are computed with, looked up once.
 *
 * When a test runner evaluates modules in a sandbox, each look-up of a global costs half a microsecond, which would be most of a
 * quote's time.
 */
export const { abs, ceil, cos, exp, expm1, floor, imul, log, log1p, max, min, PI, round, sin, sqrt, SQRT1_2 } = Math;

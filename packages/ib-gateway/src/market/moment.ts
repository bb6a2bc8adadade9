/** A moment as scenarios write it; `market.moment` turns it into epoch ms. */
import { z } from 'zod';

/** New York wall time, the same of the N-th trading day after the start's (`+3 10:30`), or epoch ms. */
export const momentSchema = z.union([
  z.number().int(),
  z.string().regex(/^(\d{4}-\d{2}-\d{2}|\+\d+) \d{2}:\d{2}(:\d{2})?$/, 'expected "YYYY-MM-DD HH:MM" or "+N HH:MM"'),
]);

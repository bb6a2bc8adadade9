/** Whether the broker's clock moves in steps: only a simulated gateway's can, and it reports that itself. */
import { z } from 'zod';
import type { Settings } from '../config/index.js';
import { httpRequest } from '../outbound/http.js';

const statusSchema = z.object({ mode: z.enum(['running', 'stepped']) });
const WAIT_MS = 5_000;

/** False for a real broker, and for a gateway whose control interface does not answer in time. */
export async function isStepped({ ib }: Settings): Promise<boolean> {
  if (ib.controlPort === undefined) return false;
  const end = performance.now() + WAIT_MS;
  while (performance.now() < end) {
    try {
      const { text } = await httpRequest(`http://${ib.host}:${ib.controlPort}/status`, { deadlineMs: 1_000 });
      return statusSchema.parse(JSON.parse(text)).mode === 'stepped';
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return false;
}

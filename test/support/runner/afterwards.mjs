/** Takes away what `once.mjs` made. */
import { rmSync } from 'node:fs';

export default function afterwards() {
  if (globalThis.legworkCluster) rmSync(globalThis.legworkCluster, { recursive: true, force: true });
}

/** The version of the installed package. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Read from the package's own package.json, which lies above both `src` and `dist`. */
export function version(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let level = 0; level < 5; level++) {
    folder = dirname(folder);
    try {
      const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (typeof content === 'object' && content !== null && 'name' in content && content.name === 'legwork') {
        return 'version' in content ? String(content.version) : 'unknown';
      }
    } catch {
      // Not at this level.
    }
  }
  return 'unknown';
}

/**
 * Puts the package `market-time` of this repository into `node_modules` here, so that `npm pack` bundles it, and removes it
 * afterwards: `bundle.mjs put`, `bundle.mjs remove`. In the workspace it is a link at the root, which is not packed.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../../market-time/', import.meta.url));
const to = fileURLToPath(new URL('../node_modules/market-time/', import.meta.url));

rmSync(to, { recursive: true, force: true });
if (process.argv[2] === 'put') {
  mkdirSync(to, { recursive: true });
  for (const name of ['package.json', 'README.md', 'dist'])
    cpSync(`${from}${name}`, `${to}${name}`, { recursive: true });
}

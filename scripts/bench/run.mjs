// npm run bench -- <name> [arguments]: runs one of the benches of this folder, from the compiled code.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -4));
const [name] = process.argv.splice(2, 1);
if (name === undefined || !names.includes(name)) {
  console.error(`bench: ${JSON.stringify(name ?? '')} is not allowed; expected one of ${names.join(', ')}.`);
  process.exitCode = 2;
} else await import(`./${name}.mjs`);

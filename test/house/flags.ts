/** Options that a command declares and that nothing which the command loads reads: found in the sources. */
import { posix } from 'node:path';
import { type Sources, withoutComments } from './modules.js';

const DECLARED = /\.(?:requiredOption|option)\(\s*'(?:-\w, )?--([a-z-]+)[^']*'/g;
const IMPORTED = /(?:from|import\()\s*'(\.[^']+)'/g;

/** Those of `src/cli/commands`, and the one that every command has, as `path --option`. */
export function unreadFlags(sources: Sources): readonly string[] {
  return Object.entries(sources)
    .filter(([path]) => /^src\/cli\/(?:commands\/[\w-]+|define)\.ts$/.test(path))
    .flatMap(([path, text]) => {
      const flags = [...withoutComments(text).matchAll(DECLARED)].map(([, flag = '']) => flag);
      // What a command shares with others is declared in one file, and may be read in another that takes it.
      const takers = importersOf(sources, path);
      const readers = (takers.length === 0 ? [path] : takers).map((one) => closureText(sources, one));
      return flags
        .filter((flag) => !readers.every((reader) => isRead(reader, nameOf(flag))))
        .map((flag) => `${path} --${flag}`);
    });
}

/** The key under which commander keeps it: `--no-wait` is `wait`. */
function nameOf(flag: string): string {
  return flag.replace(/^no-/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Taken by its name: `options.wait`, `textOption(options, 'wait')`, `const { wait } = options`. */
function isRead(text: string, name: string): boolean {
  const read = [
    `\\b\\w*[oO]ptions\\.${name}\\b`,
    `\\b\\w+Option\\([\\w, ]+, '${name}'`,
    `\\{[^{}]*\\b${name}\\b[^{}]*\\} = (?:\\w*[oO]ptions\\b|read\\w*\\(options\\))`,
    `\\(\\{[^{}]*\\b${name}\\b[^{}]*\\}: \\w*Options\\b`,
  ];
  return new RegExp(read.join('|')).test(text);
}

function importersOf(sources: Sources, path: string): readonly string[] {
  return Object.keys(sources).filter(
    (one) => /^src\/cli\/commands\//.test(one) && !one.endsWith('/index.ts') && importsOf(sources, one).includes(path),
  );
}

function importsOf(sources: Sources, path: string): readonly string[] {
  return [...withoutComments(sources[path] ?? '').matchAll(IMPORTED)].map(([, target = '']) =>
    posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts'),
  );
}

/** The file with everything of the command line that it loads, declarations of options left out. */
function closureText(sources: Sources, path: string): string {
  const seen = new Set<string>();
  const visit = (one: string): void => {
    if (seen.has(one) || sources[one] === undefined) return;
    seen.add(one);
    for (const next of importsOf(sources, one)) visit(next);
  };
  visit(path);
  return [...seen].map((one) => withoutComments(sources[one] ?? '').replace(DECLARED, '')).join('\n');
}

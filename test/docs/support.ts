/** Reads the documentation for the tests: files, tables, and the commands that the program really has. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { registerCommands } from '../../src/cli/commands/index.js';
import type { Io } from '../../src/cli/io.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

/** Markdown files of the repository that people read, by their path from its root. */
export function markdownFiles(): readonly string[] {
  const inDocs = readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...atRoot, ...inDocs.map((name) => `docs/${name}`)].sort();
}

/** Cells of every table row, without head and rule; an escaped bar stays in its cell. */
export function tableRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  return lines
    .filter(
      (line, index) => line.startsWith('| ') && !lines[index + 1]?.startsWith('| ---') && !line.startsWith('| ---'),
    )
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** Every command that does something, such as `orders resolve`, with the exit codes in its help. */
export function commands(): ReadonlyMap<string, readonly number[]> {
  let help = '';
  const io: Io = {
    stdout: { isTTY: false, columns: 100, write: () => true },
    stderr: { isTTY: false, write: () => true },
    env: {},
    cwd: '/',
    interruption: () => new AbortController().signal,
  };
  const program = new Command('legwork').configureOutput({ writeOut: (text) => (help += text) });
  registerCommands({ io, exitStatus: 0 }, program);
  const found = new Map<string, readonly number[]>();
  const visit = (command: Command, path: readonly string[]): void => {
    help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    const [, codes] = help.split('Exit codes:');
    if (codes !== undefined)
      found.set(
        path.join(' '),
        [...codes.matchAll(/^ {2}(\d) /gm)].map(([, code]) => Number(code)),
      );
    for (const child of command.commands) visit(child, [...path, child.name()]);
  };
  for (const command of program.commands) visit(command, [command.name()]);
  return found;
}

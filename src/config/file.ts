/** Reads legwork.yaml: plain values, and the position of each in the file. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { InvalidInput, LegworkError } from '../domain/errors.js';
import { isTree, type Tree } from './tree.js';

export interface SettingsFile {
  readonly path: string;
  /** The base name of the file, for people. */
  readonly name: string;
  readonly tree: Tree;
  /** `file:line:column` of the value at a path, or of its nearest parent in the file. */
  position(path: readonly PropertyKey[]): string;
}

/** Reads a file. Throws InvalidInput, with file, line and column where it is malformed, or when it cannot be read. */
export function readSettingsFile(path: string): SettingsFile {
  const name = basename(path);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new InvalidInput('configuration file', path, `a file that can be read (${why})`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new LegworkError('INVALID_INPUT', `${name}:${line}:${col}: ${sentence(problem.message)}`);
  }
  const tree: unknown = document.toJS() ?? {};
  if (!isTree(tree)) throw new InvalidInput(`${name}:1:1: the file`, tree, 'sections such as ib, strategy and rules');
  return {
    path,
    name,
    tree: withoutEmpty(tree),
    position: (wanted) => {
      for (let length = wanted.length; length > 0; length--) {
        const node: unknown = document.getIn(wanted.slice(0, length), true);
        const range = isTree(node) && Array.isArray(node.range) ? (node.range as number[]) : undefined;
        const start = range?.[0];
        if (start === undefined) continue;
        const { line, col } = lines.linePos(start);
        return `${name}:${line}:${col}`;
      }
      return name;
    },
  };
}

/** A key without a value (`database:` with only comments below) counts as absent. */
function withoutEmpty(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, isTree(value) ? withoutEmpty(value) : value]),
  );
}

function sentence(message: string): string {
  const [first = 'The file is not valid YAML'] = message.split('\n');
  const trimmed = first.replace(/[:.]?\s*$/, '');
  return `${trimmed}.`;
}

/** Colours, on a terminal only, and tables. */
import Table from 'cli-table3';
import type { Io } from './io.js';

export interface Paint {
  readonly coloured: boolean;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** Colours for a terminal; the same functions do nothing elsewhere, or with NO_COLOR. */
export function paintFor(io: Pick<Io, 'stdout' | 'env'>): Paint {
  const coloured = io.stdout.isTTY === true && !io.env.NO_COLOR;
  const colour = (open: number, close: number) => (text: string) =>
    coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    coloured,
    good: colour(32, 39),
    bad: colour(31, 39),
    warn: colour(33, 39),
    dim: colour(2, 22),
    bold: colour(1, 22),
  };
}

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** Columns of text under a head; a head that starts with `>` is aligned to the right. */
export function table(paint: Paint, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: head.map((title) => paint.bold(title.replace(/^>/, ''))),
    colAligns: head.map((title) => (title.startsWith('>') ? 'right' : 'left')),
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

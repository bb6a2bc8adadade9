/**
 * Words that a reader from the field would stumble over: translated English, and our own names for what FIX, IB and Temporal have a
 * name for (docs/glossary.md). The list gives the remaining number of each; it may only fall, and a fall is entered.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = [
  'src',
  'chaos',
  'packages/ib-gateway/src',
  'packages/market-time/src',
  'test',
  'packages/ib-gateway/test',
  'docs',
];
const SELF = 'test/house/words.test.ts';
/** Old words that are data: released migrations, and the two tables that map them to today's. */
const DATA = /^src\/(?:store\/migrations\/|store\/stored-states\.ts|contract\/activity-names\.ts)/;

interface Banned {
  readonly word: RegExp;
  readonly instead: string;
  /** How many are left. */
  readonly left: number;
}

const BANNED: Readonly<Record<string, Banned>> = {
  anew: { word: /\banew\b/gi, instead: 'again; reopen, reload, resize, start over, continue as new', left: 0 },
  'a sentence that begins with "Of a"': {
    word: /(?:\/\*\*|\/\/|\*|[.:]) Of (?:an?|the|what|which|whom|each|every|two|several|one|those|orders|its) /g,
    instead: 'the subject first: "An opening is bounded by ..."',
    left: 0,
  },
  whoever: { word: /\bwhoever\b/gi, instead: 'the requester, the caller, a program that', left: 0 },
  'otherwise than': { word: /\botherwise than\b/gi, instead: 'differs from', left: 0 },
  'tell, told': { word: /\b(?:tell|told)[A-Z]\w*|\btell\(/g, instead: 'notify, raise an alert, report', left: 0 },
  judge: { word: /\b[jJ]udged?[A-Z]\w*|\bjudged?\(/g, instead: 'evaluate, classify, check, the next state', left: 0 },
  withdraw: { word: /\b[wW]ithdraw(?!n_at\b)\w*/g, instead: 'cancel', left: 0 },
  'taken away': { word: /\btaken[- ]away\b|[tT]akenAway/g, instead: 'cancelled by the user', left: 0 },
  adopt: { word: /\b[aA]dopt(?:s|ed|ing)?\b/g, instead: 'import an external fill; take over a position', left: 0 },
  'ExecutionRow for a position': { word: /\bExecutionRow\b/g, instead: 'PositionRow', left: 0 },
  ACKED: { word: /\bACKED\b/g, instead: 'WORKING', left: 0 },
  'wish, for a request': { word: /\b[wW]ish(?:es)?\b/g, instead: 'request, decision', left: 0 },
  'look, for reading the state': {
    word: /\blook(?:For|Once)\b|\b(?:between|of|in) (?:two|one|the) looks?\b/g,
    instead: 'poll, read, sample, search',
    left: 0,
  },
  'Under<T>': { word: /\bUnder</g, instead: 'PendingRequest<T>', left: 0 },
};

function counts(texts: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(BANNED).map(([name, { word }]) => [
      name,
      texts.reduce((sum, text) => sum + [...text.matchAll(word)].length, 0),
    ]),
  );
}

function texts(): readonly string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ).filter((file) => /\.(?:ts|md)$/.test(file) && !file.includes('/dist/') && file !== SELF && !DATA.test(file));
  const atRoot = ['README.md', 'CONTRIBUTING.md'];
  return [...inFolders, ...atRoot].map((file) => readFileSync(join(ROOT, file), 'utf8'));
}

test('no more banned words than the list allows', () => {
  const left = Object.fromEntries(Object.entries(BANNED).map(([name, one]) => [name, one.left]));
  expect(counts(texts())).toEqual(left);
});

test.each([
  ['anew', '// It is priced anew.'],
  ['a sentence that begins with "Of a"', '/** Of a dry run: the orders. */'],
  ['a sentence that begins with "Of a"', ' * It ends. Of an opening nothing is left.'],
  ['judge', 'const verdict = judgeEvidence(looks);'],
  ['tell, told', 'await tellUnknown(deps);'],
])('%s is found in %j', (name, text) => {
  expect(counts([text])[name]).toBe(1);
});

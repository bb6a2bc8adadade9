/** Differences between two dialogues of the same requests: messages, their order, and which of their fields are filled. */
import type { Dialogue, Exchange } from './dialogue.js';
import { classOf, type FieldClass, TICK } from './signature.js';

/**
 * `missing`: the capture has a message that the simulation does not send. `surplus`: the reverse. `order`: both have it, but
 * the first of its kind comes before or after a different message. `field`: a field is filled in one and never in the other.
 */
export interface Difference {
  readonly kind: 'missing' | 'surplus' | 'order' | 'field';
  readonly request: string;
  readonly message: string;
  readonly field: string;
  readonly captured: string;
  readonly simulated: string;
  /** The requests concerned. */
  readonly labels: readonly string[];
}

type Found = Omit<Difference, 'labels' | 'request'>;

/** Differences; one shared by several requests is reported once. */
export function differencesOf(captured: Dialogue, simulated: Dialogue): readonly Difference[] {
  const found = new Map<string, Difference>();
  for (const exchange of captured.exchanges) {
    const other = simulated.exchanges[exchange.index];
    if (!other) continue;
    for (const difference of exchangeDifferences(exchange, other)) {
      const entry = { request: exchange.request, ...difference };
      const key = JSON.stringify(entry);
      const { labels = [] } = found.get(key) ?? {};
      found.set(key, { ...entry, labels: [...labels, exchange.label] });
    }
  }
  return [...found.values()];
}

function exchangeDifferences(captured: Exchange, simulated: Exchange): readonly Found[] {
  const [real, ours] = [sequenceOf(captured), sequenceOf(simulated)];
  const found: Found[] = [];
  const difference = (kind: Found['kind'], message: string, field = '', seen: readonly [string, string] = ['', '']) =>
    found.push({ kind, message, field, captured: seen[0], simulated: seen[1] });
  for (const message of real) if (!ours.includes(message)) difference('missing', message, '', ['sent', 'not sent']);
  for (const message of ours) if (!real.includes(message)) difference('surplus', message, '', ['not sent', 'sent']);
  const common = [real.filter((one) => ours.includes(one)), ours.filter((one) => real.includes(one))] as const;
  const at = common[0].findIndex((message, index) => message !== common[1][index]);
  const [first, second] = [common[0][at], common[1][at]];
  if (first !== undefined && second !== undefined)
    difference('order', first, '', [`before ${second}`, `after ${second}`]);
  for (const message of common[0]) found.push(...fieldDifferences(message, captured, simulated));
  return found;
}

/** Signatures in the order of their first appearance; quotes are sorted and follow the rest. */
function sequenceOf({ answers }: Exchange): readonly string[] {
  const all = [...new Set(answers.map(({ signature }) => signature))];
  const isTick = (signature: string) => signature.startsWith(TICK);
  return [...all.filter((one) => !isTick(one)), ...all.filter(isTick).sort()];
}

function fieldDifferences(message: string, captured: Exchange, simulated: Exchange): readonly Found[] {
  const [real, ours] = [classesOf(message, captured), classesOf(message, simulated)];
  const found: Found[] = [];
  for (const field of new Set([...real.keys(), ...ours.keys()])) {
    const [left, right] = [real.get(field) ?? ABSENT, ours.get(field) ?? ABSENT];
    const agree = [...left].some((one) => right.has(one));
    // The members of a list are reported with the list.
    const isMember = field.includes('[') && (left.has('absent') || right.has('absent'));
    if (!agree && !isMember)
      found.push({
        kind: 'field',
        message,
        field,
        captured: [...left].join(' or '),
        simulated: [...right].join(' or '),
      });
  }
  return [...found, ...listDifferences(message, real, ours)];
}

const ABSENT: ReadonlySet<FieldClass> = new Set(['absent']);

/** Lists that have members in one and never in the other. */
function listDifferences(message: string, real: Classes, ours: Classes): readonly Found[] {
  const lists = (classes: Classes) =>
    new Set([...classes.keys()].flatMap((field) => (field.includes('[') ? [field.slice(0, field.indexOf('['))] : [])));
  const [left, right] = [lists(real), lists(ours)];
  const difference = (field: string, isReal: boolean): Found => ({
    ...{ kind: 'field', message, field: `${field}[]` },
    ...{ captured: isReal ? 'filled' : 'empty', simulated: isReal ? 'empty' : 'filled' },
  });
  return [
    ...[...left].filter((field) => !right.has(field)).map((field) => difference(field, true)),
    ...[...right].filter((field) => !left.has(field)).map((field) => difference(field, false)),
  ];
}

type Classes = ReadonlyMap<string, ReadonlySet<FieldClass>>;

/** The values seen in each field of a message. List indices do not count. */
function classesOf(message: string, { answers }: Exchange): Classes {
  const classes = new Map<string, Set<FieldClass>>();
  for (const { signature, fields } of answers) {
    if (signature !== message) continue;
    for (const { path, token } of fields) {
      const field = path.replace(/\[\d+\]/g, '[]');
      const seen = classes.get(field) ?? new Set();
      seen.add(classOf(token));
      classes.set(field, seen);
    }
  }
  return classes;
}

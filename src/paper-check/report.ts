/** The report for people, in Markdown. */
import type { CardResult } from './card.js';
import { AREAS } from './cards/index.js';

export interface CheckOutcome {
  readonly cards: readonly CardResult[];
  /** References of orders that could not be cancelled; they end by themselves within five minutes. */
  readonly left: readonly string[];
  /** Options bought and not sold back today, by this run or an earlier one: a person must close them. */
  readonly positions: readonly string[];
  /** Whether the gateway ended the connection before the end. */
  readonly lost: boolean;
  readonly version: number;
  /** The broker's time at the start, ISO 8601. */
  readonly startedAt: string;
}

const WORDS = { agrees: 'agrees', differs: '**differs**', not_tried: 'not tried' } as const;

/** How many cards agree, differ and were not tried. */
function countText(cards: readonly CardResult[]): string {
  const count = (verdict: CardResult['verdict']) => cards.filter((card) => card.verdict === verdict).length;
  return `${count('agrees')} agree, ${count('differs')} differ, ${count('not_tried')} not tried`;
}

export function markdownReport({ cards, left, positions, version, startedAt }: CheckOutcome): string {
  const byId = new Map(cards.map((card) => [card.id, card]));
  const lines = [
    '# Paper check',
    '',
    `Begun at ${startedAt} (the broker's clock), protocol version ${version}: ${countText(cards)}.`,
    '',
  ];
  for (const text of remainsText({ left, positions })) lines.push(text, '');
  for (const { title, cards: ofArea } of AREAS) {
    const results = ofArea.flatMap(({ id }) => byId.get(id) ?? []);
    if (results.length === 0) continue;
    lines.push(
      `## ${title}`,
      '',
      '| Card | Verdict | Observed | Assumption | Source |',
      '| --- | --- | --- | --- | --- |',
    );
    for (const { id, verdict, observed, reason, assumption, source } of results) {
      const seen = [observed, reason].filter((text) => text !== null).join('. ');
      lines.push(`| ${id} | ${WORDS[verdict]} | ${cell(seen)} | ${cell(assumption)} | ${cell(source)} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');

/** The command's last lines: what differs, and what is left. */
export function summaryText({ cards, left, positions }: CheckOutcome): string {
  const lines = cards
    .filter(({ verdict }) => verdict === 'differs')
    .map(({ id, observed, reason, assumption }) => `${id}: ${assumption}\n  observed: ${observed}. ${reason}`);
  return [...lines, ...remainsText({ left, positions }), `${countText(cards)}.`].join('\n');
}

function remainsText({ left, positions }: Pick<CheckOutcome, 'left' | 'positions'>): readonly string[] {
  return [
    ...(left.length > 0
      ? [`Orders left, which end by themselves within five minutes: ${left.join(', ')}. Check them in TWS.`]
      : []),
    ...(positions.length > 0 ? [`A check bought and did not sell: ${positions.join(', ')}. Close it in TWS.`] : []),
  ];
}

/** The page of a position's run in the Temporal Web UI: what holds now, above what the database said last. */
import type { PositionStage } from '../contract/requests.js';

export interface Page {
  readonly attention: string | null;
  readonly stage: PositionStage;
  readonly paused: boolean;
  /** The order at work, with its price and step. */
  readonly order: string | null;
  /** What it waits for, in words that end a sentence. */
  readonly waits: string | null;
  readonly lastDecision: string | null;
  /** Holdings, prices and P&L with the time of them; Markdown. */
  readonly details: string;
}

const DOES: Readonly<Record<PositionStage, string>> = {
  OPENING: 'It is being opened.',
  WATCHING: 'The rules watch it.',
  EXITING: 'It is being closed.',
  ROLLING: 'It is closed, and the next position is being opened.',
  CLOSED: 'It is over.',
};

const HOW_TO = [
  'From here: *More Actions*, *Send an Update*, choose the name, paste the JSON, *Submit*.',
  '',
  '| To | name | JSON |',
  '| --- | --- | --- |',
  '| close it | `close` | none, or `{"urgency": "immediate"}`, or `{"price": "1.25"}` |',
  '| close part of it | `reduce` | `{"ratio": 0.5}` |',
  '| roll it | `roll` | none, or `{"dte": 60}` |',
  '| stop and start the rules | `pause`, `resume` | none |',
].join('\n');

/** Markdown. What needs a person comes first. */
export function pageOf({ attention, stage, paused, order, waits, lastDecision, details }: Page): string {
  const isOver = stage === 'CLOSED' || stage === 'ROLLING';
  const does = paused && stage === 'WATCHING' ? 'It is paused: no rule acts.' : DOES[stage];
  const now = [
    `**${stage}${paused && !isOver ? ', paused' : ''}.** ${does}`,
    ...(order === null ? [] : [`Order at work: ${order}.`]),
    ...(waits === null ? [] : [`It waits: ${waits}.`]),
    ...(lastDecision === null ? [] : [`Decided last: ${lastDecision}`]),
  ];
  const parts = [
    ...(attention === null ? [] : [`**Attention:** ${attention}`]),
    now.join(' '),
    details,
    ...(isOver ? [] : [HOW_TO]),
  ];
  return parts.join('\n\n');
}

/** Every card, by area, in the order of trial. */
import type { Card } from '../card.js';
import { cancelCards } from './cancels.js';
import { changeCards } from './changes.js';
import { comboCards } from './combo.js';
import { contractCards } from './contracts.js';
import { fillCards } from './fill.js';
import { frameCards } from './frames.js';
import { groupCards } from './groups.js';
import { historyCards } from './history.js';
import { hoursCards } from './hours.js';
import { idCards } from './ids.js';
import { previewCards } from './preview.js';
import { quoteCards } from './quotes.js';
import { refusalCards } from './refusals.js';
import { sessionCards } from './session.js';
import { waitingCards } from './waiting.js';

export interface Area {
  readonly title: string;
  readonly cards: readonly Card[];
}

/** Orders of one area are cancelled before the next: the broker takes no orders on both sides of one option. */
export const AREAS: readonly Area[] = [
  { title: 'Session', cards: sessionCards },
  { title: 'Hours', cards: hoursCards },
  { title: 'Contracts', cards: contractCards },
  { title: 'Quotes', cards: quoteCards },
  { title: 'History', cards: historyCards },
  { title: 'What-if', cards: previewCards },
  { title: 'A combination', cards: [...comboCards, ...changeCards, ...cancelCards] },
  { title: 'Refusals', cards: refusalCards },
  { title: 'Order ids', cards: idCards },
  { title: 'Orders that belong together', cards: groupCards },
  { title: 'Orders that wait', cards: waitingCards },
  { title: 'Fills', cards: fillCards },
  { title: 'Messages', cards: frameCards },
];

export const CARDS: readonly Card[] = AREAS.flatMap(({ cards }) => cards);

/** The last card: whether every received frame could be read to its end. */
import { agreesIf, type Card } from '../card.js';

export const frameCards: readonly Card[] = [
  {
    id: 'frames-fit',
    assumption: 'Every message has the fields that the tables of its version name, no more and no fewer.',
    source: 'IB TWS API client sources (EDecoder); ib_async decoder.py',
    place: 'src/broker/connection.ts',
    method: 'Read every message of this run by the tables.',
    run: async ({ link }) => {
      const wrong = link.frames.filter(({ problem }) => problem !== undefined);
      const kinds = [...new Set(wrong.map(({ name, problem }) => `${name}: ${problem}`))];
      return agreesIf(
        wrong.length === 0,
        wrong.length === 0 ? `${link.frames.length} messages read` : kinds.slice(0, 5).join('; '),
        `${wrong.length} of ${link.frames.length} messages do not fit.`,
      );
    },
  },
];

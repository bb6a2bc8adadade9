/** Cards about the what-if order, the source of an entry's margin and commission. */
import { isUnsetNumber, numberOf, responseTokens, textOf } from 'ib-gateway/client';
import { agreesIf, type Card, differs } from '../card.js';
import { debitCombo, FAR_DEBIT, verticalOf } from '../contracts.js';
import type { Frame } from '../link.js';
import { errorText, isAdvice, type OrderTerms, type Placed, singleContract } from '../orders.js';
import { ANSWER_MS, type Stage } from '../stage.js';

interface Preview {
  readonly order: Placed;
  readonly rows: readonly Frame[];
  readonly refused: Frame | undefined;
}

const FIGURES = ['initMarginChange', 'maintMarginChange', 'equityWithLoanAfter'] as const;

/** The figures of a row; undefined where the broker sent nothing or its value for unset. */
function figures(stage: Stage, row: Frame): readonly (number | undefined)[] {
  const tokens = new Map(responseTokens(row.tokens, stage.link.version).map(({ path, token }) => [path, token]));
  return FIGURES.map((name) => {
    const token = tokens.get(name) ?? '';
    return token === '' || isUnsetNumber(token) ? undefined : Number(token);
  });
}

const isWhole = (stage: Stage, row: Frame): boolean => figures(stage, row).every((figure) => figure !== undefined);

async function preview(stage: Stage, name: string, terms: OrderTerms): Promise<Preview> {
  return await stage.once(`preview ${name}`, async () => {
    const order = await stage.place(name, { ...terms, more: { whatIf: true } });
    const isRow = (frame: Frame) => frame.name === 'OPEN_ORDER' && order.isMine(frame);
    const refuses = (frame: Frame) => order.isError(frame) && !isAdvice(frame);
    const isEnd = (frame: Frame) => (isRow(frame) && isWhole(stage, frame)) || refuses(frame);
    await stage.link.until(order.mark, isEnd, ANSWER_MS);
    // A round trip: the rest of the answer has come.
    await stage.now();
    return { order, rows: order.messages().filter(isRow), refused: order.messages().find(refuses) };
  });
}

const single = (stage: Stage): Promise<Preview> =>
  stage.once('single', async () => {
    const { upper } = await verticalOf(stage);
    return await preview(stage, 'preview-single', {
      contract: singleContract(numberOf(upper.values, 'conId') ?? 0),
      limitPrice: FAR_DEBIT,
    });
  });

const combo = (stage: Stage): Promise<Preview> =>
  stage.once('combo preview', async () =>
    preview(stage, 'preview-combo', { contract: await debitCombo(stage), limitPrice: FAR_DEBIT }),
  );

function marginCard(id: string, what: string, ask: (stage: Stage) => Promise<Preview>): Card {
  return {
    id,
    assumption: `A what-if order of ${what} is answered by an OPEN_ORDER with margins and equity as numbers.`,
    source: 'IB TWS API documentation, check margin change; erdewit/ib_insync#380',
    place: 'src/broker/what-if.ts',
    method: `Send a what-if order of ${what}, one lot.`,
    run: async (stage) => {
      const { rows, refused } = await ask(stage);
      const last = rows.at(-1);
      if (last === undefined)
        return differs(refused ? errorText(refused) : 'no answer', 'Entries would have no margin estimate.');
      const [init, maint, equity] = figures(stage, last);
      return agreesIf(
        isWhole(stage, last),
        `initial margin ${init ?? 'unset'}, maintenance ${maint ?? 'unset'}, equity ${equity === undefined ? 'unset' : 'reported'}`,
        'The figures are not there.',
      );
    },
  };
}

export const previewCards: readonly Card[] = [
  { ...marginCard('preview-single', 'a single option', single), needs: ['open'] },
  { ...marginCard('preview-combo', 'a combination', combo), needs: ['open'] },
  {
    id: 'preview-rows',
    assumption:
      'A what-if order may be answered in two rows: figures that are all unset, with a warning; then the real ones. The last row counts.',
    source: 'erdewit/ib_insync#380 and #403; ib_async PR 42',
    place: 'src/broker/what-if.ts',
    method: 'Count the rows of both what-if orders and look for figures in each.',
    needs: ['open'],
    run: async (stage) => {
      const answers = [await single(stage), await combo(stage)];
      const seen = answers.map(({ rows }) =>
        rows.map((row) => (isWhole(stage, row) ? 'figures' : 'unset')).join(' then '),
      );
      const holds = answers.every(({ rows }) => {
        const last = rows.at(-1);
        return rows.length <= 2 && last !== undefined && isWhole(stage, last);
      });
      return agreesIf(
        holds,
        `single: ${seen[0] || 'none'}; combination: ${seen[1] || 'none'}`,
        'The answer has another form.',
      );
    },
  },
  {
    id: 'preview-commission',
    assumption: 'The commission of a what-if order is a number, or unset while the maximum commission is one.',
    source: 'ib_async wrapper.py (commission stays unset with tiered fees); ib_async PR 42',
    place: 'src/broker/what-if.ts',
    method: 'Look at commission and maxCommission of the combination.',
    needs: ['open'],
    run: async (stage) => {
      const { values = {} } = (await combo(stage)).rows.at(-1) ?? {};
      const [paid, most] = ['commission', 'maxCommission'].map((name) => numberOf(values, name));
      return agreesIf(
        paid !== undefined || most !== undefined,
        `commission ${paid ?? 'unset'}, at most ${most ?? 'unset'}`,
        'Neither is a number: an entry would be checked without its cost.',
      );
    },
  },
  {
    id: 'preview-not-kept',
    assumption: 'A what-if order has permanent id 0, no status follows, and no list of open orders has it.',
    source: 'IB TWS API documentation, check margin change; recorded frames of ibkr-go',
    place: 'src/broker/what-if.ts',
    method: 'Ask for all open orders after both what-if orders.',
    needs: ['open'],
    run: async (stage) => {
      const orders = [(await single(stage)).order, (await combo(stage)).order];
      const rows = await stage.openOrders();
      const kept = rows.filter(({ values }) =>
        orders.some(({ reference }) => textOf(values, 'orderRef') === reference),
      );
      const statuses = orders.flatMap((order) => order.messages().filter(({ name }) => name === 'ORDER_STATUS'));
      const ids = orders.flatMap((order) =>
        order
          .messages()
          .filter(({ name }) => name === 'OPEN_ORDER')
          .map(({ values }) => numberOf(values, 'permId') ?? 0),
      );
      return agreesIf(
        kept.length === 0 && statuses.length === 0 && ids.every((id) => id === 0),
        `${kept.length} in the list, ${statuses.length} statuses, permanent ids ${[...new Set(ids)].join(', ')}`,
        'A preview could be mistaken for an order.',
      );
    },
  },
];

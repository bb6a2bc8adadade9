/** legwork orders: list orders, and decide those that evidence could not settle. */

import type { Command } from 'commander';
import { statusOfCancel } from '../../client/outcome.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput, notFound } from '../../domain/errors.js';
import { parseOrderRef, parsePositionId } from '../../domain/ids.js';
import { UNSETTLED_INTENT_STATES } from '../../domain/order/intent-state.js';
import { parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { intentJson } from '../json.js';
import { answerOf, readWaitOptions } from '../progress.js';
import { ordersText } from '../report.js';

export function registerOrders(cli: Cli, program: Command): void {
  const orders = define(
    cli,
    program,
    {
      usage: 'orders',
      about: 'List order intents, latest first. PARKED ones wait for a decision: see orders resolve.',
      examples: ['legwork orders --open', 'legwork orders --position spy-ic-20260302-a1b2c3'],
      exits: [4],
    },
    async (context, _args, options) => {
      const position = textOption(options, 'position');
      const positionId = position === undefined ? undefined : parsePositionId(position);
      const limit = parseWhole('limit', textOption(options, 'limit') ?? '50', 1, 10_000);
      return context.withClient(async (client) => {
        const { intents } = await client.store();
        const rows =
          options.open === true
            ? await intents.unsettled(positionId)
            : await intents.list({ limit, ...defined({ positionId }) });
        context.answer({ orders: rows.map(intentJson) }, () =>
          rows.length === 0 ? 'No orders.' : ordersText(rows, context.paint),
        );
        return 0;
      });
    },
    (command) => {
      command
        .option('--open', `only unsettled ones (${UNSETTLED_INTENT_STATES.join(', ').toLowerCase()})`)
        .option('--position <id>', 'only those of this position')
        .option('--limit <n>', 'maximum number of orders', '50');
    },
  );
  registerCancel(cli, orders);
  registerResolve(cli, orders);
}

function registerCancel(cli: Cli, orders: Command): void {
  define(
    cli,
    orders,
    {
      usage: 'cancel <order-ref>',
      about:
        'Cancel an opening order or a protective order, which is then not placed again. An exit cannot be cancelled: it continues until it is done.',
      examples: ["legwork orders cancel 'LW|spy-ic-20260302-a1b2c3|2|stop|1' --dry-run"],
      exits: [3, 4],
    },
    async (context, [orderRef = ''], options) => {
      if (parseOrderRef(orderRef) === undefined) {
        throw new InvalidInput(
          'order',
          orderRef,
          "a reference as `legwork orders` lists it, such as 'LW|<position>|1|combo|1'",
        );
      }
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.cancelOrder(orderRef, options.dryRun === true), wait, (done) => {
          const shade = statusOfCancel(done) === 0 ? context.paint.good : context.paint.bad;
          context.answer(
            done,
            () => `${orderRef}: ${shade(done.result.toLowerCase().replaceAll('_', ' '))}. ${done.reason}`,
          );
          return statusOfCancel(done);
        }),
      );
    },
    (command) => {
      command
        .option('--dry-run', 'say what would happen; cancel nothing')
        .option('--no-wait', 'send the request and return')
        .option('--timeout <seconds>', 'stop waiting after this long; the cancel continues');
    },
  );
}

/**
 * `placed` hands the order back to its follower, which goes on from what the broker shows; `absent` ends it as never sent, and the
 * position may place again. Only an order in an unknown state can be decided: PARKED or UNKNOWN.
 */
function registerResolve(cli: Cli, orders: Command): void {
  define(
    cli,
    orders,
    {
      usage: 'resolve <order-ref>',
      about:
        'Decide a PARKED or UNKNOWN order after looking at the account: it is at the broker (placed), or it is not (absent).',
      examples: ["legwork orders resolve 'LW|spy-ic-20260302-a1b2c3|4|combo|1' --as absent"],
      exits: [4],
    },
    async (context, [orderRef = ''], options) => {
      const verdict = textOption(options, 'as');
      if (verdict !== 'placed' && verdict !== 'absent') {
        throw new InvalidInput('--as', verdict, 'placed or absent');
      }
      const why = textOption(options, 'reason') ?? 'no reason given';
      return context.withClient(async (client) => {
        const { intents } = await client.store();
        const intent = await intents.get(orderRef);
        if (intent === undefined) throw notFound('order', orderRef);
        if (intent.state !== 'PARKED' && intent.state !== 'UNKNOWN') {
          throw new InvalidInput(
            'order',
            `${orderRef} in state ${intent.state}`,
            'an order in state PARKED or UNKNOWN',
          );
        }
        const row = await intents.mark(orderRef, verdict === 'placed' ? 'WORKING' : 'EXPIRED', {
          at: Date.now(),
          reason: `a person decided: ${verdict} (${why})`,
        });
        context.answer(intentJson(row), `${orderRef}: ${verdict}, now ${row.state}. Its position continues.`);
        return 0;
      });
    },
    (command) => {
      command.requiredOption('--as <verdict>', 'placed or absent').option('--reason <text>', 'why, for the record');
    },
  );
}

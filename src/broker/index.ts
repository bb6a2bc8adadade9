/** The broker: one session with one gateway, over the unmodified client library. */

import { readPositionPnl, readPositions, readSummary } from './account.js';
import type { Broker, BrokerOptions } from './api.js';
import { BrokerClock } from './clock.js';
import { Contracts } from './contracts.js';
import { Control } from './control.js';
import { ExecutionTimes } from './execution-times.js';
import { History } from './history.js';
import { redacting } from './log.js';
import { calculateGreeks } from './option-calculator.js';
import { OrderFeed } from './order-feed.js';
import { Orders } from './orders.js';
import { REQUESTS_PER_SECOND } from './pacing.js';
import { PositionFeed } from './position-feed.js';
import { Probe } from './probe.js';
import { Quotes } from './quotes.js';
import { Requests } from './requests.js';
import { Session } from './session.js';

export type * from './api.js';

/** A stepped gateway is a simulation that takes messages at any rate. */
const STEPPED_PER_SECOND = 2_000;

/**
 * Connects in the background and stays connected; returns at once and throws nothing. A refusal of the live guard shows
 * in `state().reason`, and as LIVE_GUARD of every call.
 */
export function connectBroker(options: BrokerOptions): Broker {
  const log = redacting(options.log, options.guard.accounts);
  const { requestTimeoutMs } = options;
  const control = options.control && new Control(options.control);
  const clock: BrokerClock = new BrokerClock(
    control,
    {
      connected: () => session.state().connected,
      barrier: async () => {
        const connection = session.connected();
        try {
          await connection.currentTime(requestTimeoutMs);
        } catch (error) {
          session.drop(connection, 'The gateway did not answer after a step of its clock.');
          throw error;
        }
      },
      holdBack: () => {
        quotes.holdBack();
        feed.holdBack();
      },
      deliver: () => {
        quotes.deliver();
        feed.deliver();
      },
    },
    log,
    () => session.failure(),
  );
  const requests = new Requests(() => session, requestTimeoutMs);
  const times = new ExecutionTimes(() => clock.known(), log);
  const feed = new OrderFeed(options.clientId, (text) => times.read(text), log);
  const changes = new PositionFeed(log);
  const quotes = new Quotes({
    lineLimit: options.lineLimit,
    now: () => clock.known(),
    assertUsable: () => void session.usable(),
    log,
  });
  const probe = new Probe(() => session, clock, options.probePeriodMs, requestTimeoutMs);
  const session: Session = new Session(
    options,
    {
      parts: [times, feed, changes, quotes.lines, probe],
      readClock: (connection) => clock.readFirst(connection, requestTimeoutMs),
      messagesPerSecond: () => (clock.isStepped ? STEPPED_PER_SECOND : REQUESTS_PER_SECOND),
    },
    log,
  );
  const account = () => options.guard.accounts[0] ?? session.state().accounts[0] ?? '';
  const accountSummary = () => readSummary(requests, account());
  let inDollars = false;
  /** How much of the account's currency a dollar is: requested each time, unless it is kept in dollars. */
  const perDollar = async (): Promise<number> => {
    if (inDollars) return 1;
    const summary = await accountSummary();
    inDollars = summary.perDollar === 1 && summary.currency === 'USD';
    return summary.perDollar;
  };
  const contracts = new Contracts(requests, () => clock.known());
  const history = new History(requests, () => clock.now());
  session.onState((state) => {
    feed.sessionChanged(state);
    clock.kick();
  });
  session.start();
  return {
    clock,
    quotes,
    orders: new Orders({ session, requests, feed, perDollar }),
    state: () => session.state(),
    onState: (listener) => session.onState(listener),
    probe: (timeoutMs) => probe.once(timeoutMs),
    reset: (reason) => session.reset(reason),
    markReconciled: (epoch) => session.markReconciled(epoch),
    underlying: (symbol) => contracts.underlying(symbol),
    optionClasses: (underlying) => contracts.optionClasses(underlying),
    qualify: (underlying, terms) => contracts.qualify(underlying, terms),
    details: (conIds) => contracts.details(conIds),
    positions: () => readPositions(requests),
    onPosition: (listener) => changes.on(listener),
    accountSummary,
    positionPnl: (conId) => readPositionPnl(requests, account(), conId),
    calculateGreeks: (contract, at) => calculateGreeks(requests, contract, at),
    dailyBars: (underlying, what, days) => history.dailyBars(underlying, what, days),
    minuteBars: (underlying, minutes) => history.minuteBars(underlying, minutes),
    close: async () => {
      clock.close();
      session.close();
      quotes.close();
      control?.close();
      // The socket closes in the next turns of the event loop.
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}

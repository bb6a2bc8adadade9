/**
 * The account subscriptions of one client: positions, summary, updates, profit and loss.
 *
 * Positions are sent when they change, profit and loss on every pump, account values at most every three minutes of market time, as at IB.
 */
import type { GatewayPosition } from '../model.js';
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { clockTime } from '../times.js';
import { type AccountRow, accountRows, baseOf, ledgerRows, portfolioValues, positionValues } from './account-rows.js';
import { type ClientPort, invalidRequest } from './port.js';

const ACCOUNT_INTERVAL_MS = 180_000;
const MAX_SUMMARIES = 2;
/** Most subscriptions that one client may hold open: far more than any needs, so that none can fill the memory. */
const MOST_FEEDS = 500;

/** Something that is resent when it is due and has changed. */
interface Feed {
  readonly send: (changedOnly: boolean) => void;
  readonly intervalMs: number;
  lastAt: number;
}

export class AccountFeeds {
  readonly #client: ClientPort;
  readonly #feeds = new Map<string, Feed>();
  /** Multi-account position requests: request id to account ("" = all). */
  readonly #positionsMulti = new Map<number, { readonly account: string; readonly modelCode: string }>();
  #positions = false;

  constructor(client: ClientPort) {
    this.#client = client;
  }

  /** Sends what is due and has changed. */
  pump(): void {
    const now = this.#client.clock.now();
    for (const feed of this.#feeds.values()) {
      if (now - feed.lastAt < feed.intervalMs) continue;
      feed.lastAt = now;
      feed.send(true);
    }
  }

  /** A position changed. */
  positionChanged(position: GatewayPosition): void {
    if (this.#positions) this.#client.send('POSITION', positionValues(position));
    if (this.#feeds.has('updates')) this.#client.send('PORTFOLIO_VALUE', portfolioValues(this.#client, position));
    for (const [reqId, { account, modelCode }] of this.#positionsMulti) {
      if (account === '' || account === position.account)
        this.#client.send('POSITION_MULTI', { reqId, ...positionValues(position), modelCode });
    }
  }

  requestPositions(): void {
    this.#positions = true;
    for (const position of this.#held()) this.#client.send('POSITION', positionValues(position));
    this.#client.send('POSITION_END');
  }

  /** The positions of an answer; a fault may make it empty. */
  #held(): readonly GatewayPosition[] {
    return this.#client.faults.answers.nextIsEmpty('positions') ? [] : this.#client.exchange.positions();
  }

  cancelPositions(): void {
    this.#positions = false;
  }

  requestPositionsMulti(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const account = this.#account(values, reqId);
    if (account === undefined) return;
    const modelCode = textOf(values, 'modelCode');
    this.#positionsMulti.set(reqId, { account, modelCode });
    for (const position of this.#held()) {
      if (account === '' || account === position.account)
        this.#client.send('POSITION_MULTI', { reqId, ...positionValues(position), modelCode });
    }
    this.#client.send('POSITION_MULTI_END', { reqId });
  }

  cancelPositionsMulti(reqId: number): void {
    this.#positionsMulti.delete(reqId);
  }

  requestSummary(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const open = [...this.#feeds.keys()].filter((key) => key.startsWith('summary:') && key !== `summary:${reqId}`);
    if (open.length >= MAX_SUMMARIES) {
      this.#client.error(reqId, 322, 'Error processing request.-Maximum number of account summary requests exceeded');
      return;
    }
    const tags = textOf(values, 'tags')
      .split(',')
      .map((tag) => tag.trim());
    const rows = (): AccountRow[] => [
      ...accountRows(this.#client).filter((row) => tags.includes(row.key)),
      ...(tags.some((tag) => tag.startsWith('$LEDGER')) ? ledgerRows(this.#client) : []),
    ];
    this.#start(`summary:${reqId}`, ACCOUNT_INTERVAL_MS, rows, (row) =>
      this.#client.send('ACCOUNT_SUMMARY', {
        reqId,
        account: this.#client.exchange.account,
        tag: row.key,
        value: row.value,
        currency: row.currency,
      }),
    );
    this.#client.send('ACCOUNT_SUMMARY_END', { reqId });
  }

  requestUpdatesMulti(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    if (this.#account(values, reqId) === undefined) return;
    const account = this.#client.exchange.account;
    const modelCode = textOf(values, 'modelCode');
    const rows = (): readonly AccountRow[] => accountRows(this.#client);
    this.#start(`multi:${reqId}`, ACCOUNT_INTERVAL_MS, rows, (row) =>
      this.#client.send('ACCOUNT_UPDATE_MULTI', { reqId, account, modelCode, ...row }),
    );
    this.#client.send('ACCOUNT_UPDATE_MULTI_END', { reqId });
  }

  /** Account values and portfolio; a client has one such subscription. */
  requestUpdates(values: Values): void {
    this.cancel('updates');
    if (!flagOf(values, 'subscribe') || this.#account(values, -1) === undefined) return;
    const { exchange, clock } = this.#client;
    const { account } = exchange;
    const sendPortfolio = (): void => {
      for (const position of this.#held())
        this.#client.send('PORTFOLIO_VALUE', portfolioValues(this.#client, position));
      this.#client.send('ACCT_UPDATE_TIME', { time: clockTime(clock.now()) });
    };
    const rows = (): readonly AccountRow[] => accountRows(this.#client);
    this.#start(
      'updates',
      ACCOUNT_INTERVAL_MS,
      rows,
      (row) => this.#client.send('ACCT_VALUE', { ...row, account }),
      sendPortfolio,
    );
    this.#client.send('ACCT_DOWNLOAD_END', { account });
  }

  requestPnl(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    if (this.#account(values, reqId) === undefined) return;
    this.#startPnl(`pnl:${reqId}`, () => {
      const { daily, unrealized, realized } = this.#client.exchange.pnl();
      const { factor } = baseOf(this.#client);
      return ['PNL', { reqId, daily: daily * factor, unrealized: unrealized * factor, realized: realized * factor }];
    });
  }

  requestPnlSingle(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const conId = numberOr(values, 'conId');
    if (this.#account(values, reqId) === undefined) return;
    this.#startPnl(`pnlSingle:${reqId}`, () => {
      const { daily, unrealized, realized, value } = this.#client.exchange.pnl(conId);
      const held = this.#client.exchange.positions().find((position) => position.contract.conId === conId);
      return ['PNL_SINGLE', { reqId, position: held?.quantity ?? 0, daily, unrealized, realized, value }];
    });
  }

  /** Ends a subscription by its key: `summary:7`, `multi:7`, `pnl:7`, `pnlSingle:7`, `updates`. */
  cancel(key: string): void {
    this.#feeds.delete(key);
  }

  /** The requested account, "" for all, or undefined after an error was sent. */
  #account(values: Values, reqId: number): string | undefined {
    const account = textOf(values, 'account');
    if (this.#feeds.size + this.#positionsMulti.size >= MOST_FEEDS) {
      this.#client.error(reqId, 322, 'Error processing request.-Maximum number of account requests exceeded');
      return undefined;
    }
    if (account === '' || account === 'All' || this.#client.accounts.includes(account))
      return account === 'All' ? '' : account;
    this.#client.error(reqId, ...invalidRequest('Invalid account code'));
    return undefined;
  }

  #start(
    key: string,
    intervalMs: number,
    rows: () => readonly AccountRow[],
    sendRow: (row: AccountRow) => void,
    after?: () => void,
  ): void {
    const sent = new Map<string, string>();
    const send = (changedOnly: boolean): void => {
      for (const row of rows()) {
        if (changedOnly && sent.get(row.key) === row.value) continue;
        sent.set(row.key, row.value);
        sendRow(row);
      }
      after?.();
    };
    this.#feeds.set(key, { send, intervalMs, lastAt: this.#client.clock.now() });
    send(false);
  }

  #startPnl(key: string, row: () => readonly [string, Values]): void {
    let before = '';
    const send = (): void => {
      const [name, values] = row();
      const form = JSON.stringify(values);
      if (form === before) return;
      before = form;
      this.#client.send(name, values);
    };
    this.#feeds.set(key, { send, intervalMs: 1_000, lastAt: this.#client.clock.now() });
    send();
  }
}

/**
 * Translates a capture for a simulated gateway: order ids, contract ids, accounts, good-till times, and expiries and
 * strikes that are not listed here.
 */
import { DateTime } from 'luxon';
import type { MutableValues, Values } from '../protocol/index.js';
import { numberOf, rowsOf, textOf } from '../protocol/values.js';
import { parseTime, zonedTime } from '../times.js';

const NAMES = ['symbol', 'secType', 'strike', 'right', 'tradingClass'] as const;

export class Translation {
  /** Added to every order id. */
  #orderShift: number | undefined;
  readonly #accounts = new Map<string, string>();
  readonly #conIds = new Map<number, number>();
  readonly #expiries = new Map<string, ReadonlySet<string>>();
  readonly #strikes = new Map<string, ReadonlySet<number>>();
  /** The broker's time in the capture, epoch ms. */
  #then: number | undefined;

  /** Two answers to the same request teach the ids and names that differ here. */
  learn(captured: readonly Values[], simulated: readonly Values[], name: string): void {
    const [real, ours] = [captured.at(-1), simulated.at(-1)];
    if (!real || !ours) return;
    if (name === 'NEXT_VALID_ID')
      this.#orderShift ??= (numberOf(ours, 'orderId') ?? 1) - (numberOf(real, 'orderId') ?? 1);
    if (name === 'MANAGED_ACCTS') this.#learnAccounts(textOf(real, 'accounts'), textOf(ours, 'accounts'));
    if (name === 'CONTRACT_DATA') this.#learnContracts(captured, simulated);
    if (name === 'SEC_DEF_OPT_PARAMS') for (const row of simulated) this.#learnChain(row);
    if (name === 'CURRENT_TIME') this.#then = (numberOf(real, 'time') ?? 0) * 1_000;
  }

  /** The request translated for the simulated gateway; `now` is its market time. */
  request(name: string, values: Values, now: number): Values {
    const made: MutableValues = { ...values };
    for (const field of ['orderId', 'parentId']) {
      const id = numberOf(values, field);
      if (id !== undefined && id > 0) made[field] = Math.max(1, id + (this.#orderShift ?? 0));
    }
    for (const field of ['conId', 'underlyingConId']) {
      const id = numberOf(values, field);
      if (id !== undefined) made[field] = this.#conIds.get(id) ?? id;
    }
    const account = textOf(values, 'account');
    if (account !== '') made.account = this.#accounts.get(account) ?? account;
    if (textOf(values, 'goodTillDate') !== '') made.goodTillDate = this.#time(textOf(values, 'goodTillDate'), now);
    for (const list of ['comboLegs', 'conditions'])
      if (Array.isArray(values[list])) made[list] = rowsOf(values, list).map((row) => this.#withContract(row));
    if (name === 'REQ_CONTRACT_DATA') this.#listed(made);
    return made;
  }

  #withContract(row: Values): Values {
    const id = numberOf(row, 'conId');
    return id === undefined ? row : { ...row, conId: this.#conIds.get(id) ?? id };
  }

  #learnAccounts(real: string, ours: string): void {
    const [mine = ''] = ours.split(',');
    for (const [index, account] of real.split(',').entries())
      if (account !== '') this.#accounts.set(account, ours.split(',')[index] ?? mine);
  }

  /** Rows that describe the same contract, else those at the same position. */
  #learnContracts(captured: readonly Values[], simulated: readonly Values[]): void {
    const key = (row: Values) => JSON.stringify([...NAMES.map((field) => row[field]), expiryOf(row)]);
    const ours = new Map(simulated.map((row) => [key(row), row]));
    for (const [index, row] of captured.entries()) {
      const id = numberOf(row, 'conId');
      const found = ours.get(key(row)) ?? simulated[Math.min(index, simulated.length - 1)];
      if (id !== undefined && found) this.#conIds.set(id, numberOf(found, 'conId') ?? id);
    }
  }

  #learnChain(row: Values): void {
    const name = textOf(row, 'tradingClass');
    const expiries = rowsOf(row, 'expirations').map((entry) => textOf(entry, 'expiration'));
    const strikes = rowsOf(row, 'strikes').map((entry) => numberOf(entry, 'strike') ?? 0);
    this.#expiries.set(name, new Set([...(this.#expiries.get(name) ?? []), ...expiries]));
    this.#strikes.set(name, new Set([...(this.#strikes.get(name) ?? []), ...strikes]));
  }

  /** The nearest listed expiry and strike of the class. */
  #listed(values: MutableValues): void {
    const name = textOf(values, 'tradingClass');
    const [expiry, strike] = [textOf(values, 'expiry'), numberOf(values, 'strike')];
    const days = (text: string) => DateTime.fromFormat(text, 'yyyyMMdd', { zone: 'utc' }).toMillis();
    const expiries = this.#expiries.get(name);
    if (expiry.length === 8 && expiries && !expiries.has(expiry))
      values.expiry = nearest([...expiries], (one) => Math.abs(days(one) - days(expiry))) ?? expiry;
    const strikes = this.#strikes.get(name);
    if (strike !== undefined && strikes && !strikes.has(strike))
      values.strike = nearest([...strikes], (one) => Math.abs(one - strike)) ?? strike;
  }

  /** The time as far from now as it was in the capture. */
  #time(text: string, now: number): string {
    const at = parseTime(text);
    return at === undefined || this.#then === undefined ? text : zonedTime(now + (at - this.#then));
  }
}

function expiryOf(row: Values): string {
  return textOf(row, 'lastTradeDateOrContractMonth').slice(0, 8);
}

function nearest<T>(items: readonly T[], distance: (item: T) => number): T | undefined {
  return [...items].sort((left, right) => distance(left) - distance(right))[0];
}

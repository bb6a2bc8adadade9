/** One market data line: the ticks of a contract, combined into a quote. */
import { fromNumber } from '../domain/money.js';
import type { Greeks } from '../domain/option.js';
import type { Quote, QuoteKind } from '../domain/quote.js';
import type { LineContract } from './api.js';
import { type Computation, dividendOf, greeksOf, positive, present, type Side } from './quote-values.js';

/** Tick types of delayed lines, mapped to those of live ones. */
const DELAYED_PRICES: Readonly<Record<number, number>> = { 66: 1, 67: 2, 68: 4, 75: 9 };
const DELAYED_SIZES: Readonly<Record<number, number>> = { 69: 0, 70: 3 };
/** Market data types: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. */
const KINDS: Readonly<Record<number, QuoteKind>> = { 1: 'live', 2: 'frozen', 3: 'delayed', 4: 'delayed' };
const OPEN_INTEREST: ReadonlySet<number> = new Set([22, 27, 28]);
const MODEL_COMPUTATION = 13;
const DELAYED_MODEL_COMPUTATION = 83;
const IMPLIED_VOLATILITY = 24;
const DIVIDENDS = 59;

export class QuoteLine {
  /** Request id on the present connection; undefined: not subscribed at the broker. */
  reqId: number | undefined;
  /** Subscriptions that use the line; an unused line is kept for a while. */
  users = 0;
  /** A sentence for people that says why it shows nothing; undefined: nothing is wrong. */
  trouble: string | undefined;
  /** The broker refused it: waiting for a quote is useless. */
  refused = false;
  /** It was reopened since the trouble began, or the trouble is the answer to that. */
  askedAgain = false;
  /** Waits for its turn to be reopened. */
  queued = false;
  /** The broker took its present request: some message about it has come. */
  taken = false;
  /** How dangerous its silence is: 0 a short leg of a watched position, 1 another leg, 2 an underlying, 3 anything else. */
  rank: number;
  expiry: NodeJS.Timeout | undefined;
  private bid: Side = {};
  private ask: Side = {};
  private last: number | undefined;
  private close: number | undefined;
  private greeks: Greeks | undefined;
  private openInterest: number | undefined;
  private impliedVolatility: number | undefined;
  private dividend: Quote['dividend'];
  private kind: QuoteKind = 'live';
  private at: number | undefined;
  private shown: Quote | undefined;
  /** A tick has come on the present connection. */
  private ticked = false;

  /** Lines of one source are served or refused together: options of one underlying and exchange. */
  source: string;

  constructor(readonly contract: LineContract) {
    this.rank = rankOf(contract);
    this.source = sourceOf(contract);
  }

  /** It has another use, too: the most dangerous use counts. */
  usedFor(contract: LineContract): void {
    this.rank = Math.min(this.rank, rankOf(contract));
    if (contract.symbol !== undefined) this.source = sourceOf(contract);
  }

  /** Generic ticks to request: open interest of options, 30-day implied volatility of underlyings, dividends of shares. */
  get genericTicks(): string {
    const { secType } = this.contract;
    if (secType === 'OPT') return '101';
    return secType === 'STK' ? '106,456' : '106';
  }

  /** Forgets everything: data of an earlier connection are no longer valid. */
  forget(): void {
    this.forgetValues();
    this.kind = 'live';
    this.queued = false;
    this.taken = false;
    this.well();
  }

  /** It shows nothing until a tick comes: its data are old. */
  fail(trouble: string, refused: boolean): void {
    this.forgetValues();
    this.trouble = trouble;
    this.refused = refused;
    // Ticks that follow a refusal of its own request are complete; an interrupted stream sends only changes.
    this.askedAgain = !this.taken;
  }

  private forgetValues(): void {
    this.bid = {};
    this.ask = {};
    this.last = undefined;
    this.close = undefined;
    this.greeks = undefined;
    this.openInterest = undefined;
    this.impliedVolatility = undefined;
    this.dividend = undefined;
    this.at = undefined;
    this.shown = undefined;
    this.ticked = false;
  }

  /** A tick came. Only a price, or the absence of one, proves that quotes flow: sizes and figures of the day come without. */
  private heard(flows = false): true {
    this.ticked = true;
    if (flows) this.well();
    return true;
  }

  private well(): void {
    this.trouble = undefined;
    this.refused = false;
  }

  dataType(type: number): void {
    this.taken = true;
    this.kind = KINDS[type] ?? this.kind;
    this.shown = undefined;
  }

  delayed(): void {
    this.kind = 'delayed';
    this.shown = undefined;
  }

  price(type: number, value: number): boolean {
    const plain = DELAYED_PRICES[type];
    if (plain !== undefined) this.kind = 'delayed';
    const kind = plain ?? type;
    if (kind === 1) this.bid.price = value;
    else if (kind === 2) this.ask.price = value;
    else if (kind === 4) this.last = value;
    else if (kind === 9) this.close = value;
    else return false;
    return this.heard(kind !== 9);
  }

  size(type: number, value: number | undefined): boolean {
    const kind = DELAYED_SIZES[type] ?? type;
    if (kind === 0) this.bid.size = value ?? 0;
    else if (kind === 3) this.ask.size = value ?? 0;
    else if (OPEN_INTEREST.has(kind) && value !== undefined) this.openInterest = value;
    else return false;
    return this.heard();
  }

  generic(type: number, value: number): boolean {
    if (type !== IMPLIED_VOLATILITY || !(value > 0)) return false;
    this.impliedVolatility = value;
    return this.heard();
  }

  /** Dividends are known for the day: they do not prove that quotes flow. */
  text(type: number, text: string): boolean {
    if (type !== DIVIDENDS) return false;
    this.dividend = dividendOf(text);
    return this.heard();
  }

  computation(type: number, values: Computation): boolean {
    if (type !== MODEL_COMPUTATION && type !== DELAYED_MODEL_COMPUTATION) return false;
    if (type === DELAYED_MODEL_COMPUTATION) this.kind = 'delayed';
    this.greeks = greeksOf(values);
    return this.heard();
  }

  /** Market time of the last change, epoch ms. */
  stamp(at: number): void {
    if (!this.ticked) return;
    this.at = at;
    this.shown = undefined;
  }

  /** Nothing has come on this connection, or since it was reopened after an outage. */
  get silent(): boolean {
    return !this.ticked;
  }

  /** Undefined before the first tick. */
  quote(): Quote | undefined {
    if (this.at === undefined || this.trouble !== undefined) return undefined;
    this.shown ??= this.build(this.at);
    return this.shown;
  }

  /** Whether there is a price, and with `whole` an option's Greeks too. For a refused line see `QuoteLines.isRefused`. */
  hasAnswer(whole: boolean): boolean {
    const priced = present(this.bid) !== undefined || present(this.ask) !== undefined || positive(this.last);
    return priced && (!whole || this.contract.secType !== 'OPT' || this.greeks !== undefined);
  }

  private build(at: number): Quote {
    const bid = present(this.bid);
    const ask = present(this.ask);
    const { last, close } = this;
    return {
      conId: this.contract.conId,
      kind: this.kind,
      ...(bid !== undefined && { bid }),
      ...(ask !== undefined && { ask }),
      bidSize: bid === undefined ? 0 : (this.bid.size ?? 0),
      askSize: ask === undefined ? 0 : (this.ask.size ?? 0),
      ...(positive(last) && { last: fromNumber(last) }),
      ...(positive(close) && { close: fromNumber(close) }),
      ...(this.greeks && { greeks: this.greeks }),
      ...(this.openInterest !== undefined && { openInterest: this.openInterest }),
      ...(this.impliedVolatility !== undefined && { impliedVolatility: this.impliedVolatility }),
      ...(this.dividend !== undefined && { dividend: this.dividend }),
      at,
    };
  }
}

function sourceOf({ secType, symbol = '', exchange, conId }: LineContract): string {
  return secType === 'OPT' ? `${symbol} ${exchange}` : String(conId);
}

function rankOf({ role, secType }: LineContract): number {
  if (role !== undefined) return role === 'short' ? 0 : 1;
  return secType === 'OPT' ? 3 : 2;
}

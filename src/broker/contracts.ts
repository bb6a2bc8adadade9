/** Contracts: underlyings, option classes, listed options and the rules of their prices. */
import { type Contract, type ContractDetails, OptionType, SecType } from '@stoqey/ib';
import { LegworkError } from '../domain/errors.js';
import { fromNumber } from '../domain/money.js';
import type { PriceBand } from '../domain/order/ticks.js';
import type { ListedClass } from '../domain/strategy/expiration.js';
import type { Broker, OptionDetails, Underlying } from './api.js';
import { DetailsCache } from './details-cache.js';
import { isNoDefinition } from './failures.js';
import { isMorningSettled, marketRuleOf, optionOf, sessionsOf, underlyingOf } from './option-details.js';
import type { Requests } from './requests.js';

type Terms = Parameters<Broker['qualify']>[1][number];

const SMART = 'SMART';
const USD = 'USD';
/** The broker throttles the details of chains: answers came up to a minute late. Each row renews the patience. */
const CHAIN_PATIENCE_MS = 75_000;
/** Wall time after which an answer about one contract counts as late when an earlier one is known. */
const LATE_MS = 3_000;
/** The broker needs longer for the details of one contract than for other answers. */
const DETAILS_PATIENCE = 3;
/** Exchanges searched for index underlyings. */
const INDEX_EXCHANGES: readonly string[] = ['CBOE', 'NASDAQ', 'RUSSELL'];

export class Contracts {
  private readonly underlyings = new Map<string, Underlying>();
  private readonly rules = new Map<number, Promise<readonly PriceBand[]>>();
  private readonly cache: DetailsCache;

  constructor(
    private readonly requests: Requests,
    now: () => number | undefined,
  ) {
    this.cache = new DetailsCache(now);
  }

  /** Throws UNKNOWN_SYMBOL when the broker proves that there is none. */
  async underlying(symbol: string): Promise<Underlying> {
    const known = this.underlyings.get(symbol);
    if (known !== undefined) return known;
    const attempts: Contract[] = [
      { symbol, secType: SecType.STK, exchange: SMART, currency: USD },
      ...INDEX_EXCHANGES.map((exchange) => ({ symbol, secType: SecType.IND, exchange, currency: USD })),
    ];
    for (const contract of attempts) {
      const rows = await this.detailsOf(contract);
      const found = rows.map(underlyingOf).find((row) => row?.symbol === symbol);
      if (found === undefined) continue;
      this.underlyings.set(symbol, found);
      return found;
    }
    throw new LegworkError('UNKNOWN_SYMBOL', `The broker lists no underlying ${symbol}.`, { symbol });
  }

  /** Throws UNKNOWN_SYMBOL when the underlying has no options. */
  async optionClasses(underlying: Underlying): Promise<readonly ListedClass[]> {
    const { symbol, secType, conId } = underlying;
    const rows: ListedClass[] = [];
    await this.requests.ask<void>(`the option classes of ${symbol}`, (ask) => {
      ask.on(
        'securityDefinitionOptionParameter',
        (reqId, exchange, _conId, tradingClass, multiplier, dates, strikes) => {
          if (reqId !== ask.reqId) return;
          rows.push({
            tradingClass,
            exchange,
            multiplier: Number(multiplier),
            expirations: [...dates].sort(),
            strikes: [...strikes].sort((left, right) => left - right),
          });
        },
      );
      ask.on('securityDefinitionOptionParameterEnd', (reqId) => {
        if (reqId === ask.reqId) ask.done();
      });
      ask.send((api) => api.reqSecDefOptParams(ask.reqId, symbol, '', secType, conId));
    });
    const classes = new Map<string, ListedClass>();
    for (const row of rows)
      if (row.exchange === SMART || !classes.has(row.tradingClass)) classes.set(row.tradingClass, row);
    if (classes.size === 0)
      throw new LegworkError('UNKNOWN_SYMBOL', `The broker lists no options on ${symbol}.`, { symbol });
    return [...classes.values()];
  }

  /** Listed options among the terms, in their order. */
  async qualify(underlying: Underlying, terms: readonly Terms[]): Promise<readonly OptionDetails[]> {
    const groups = new Map<string, Terms[]>();
    for (const term of terms) {
      if (this.cache.byTerms(underlying.symbol, term) !== undefined) continue;
      const key = keyOfChain(underlying, term);
      if (this.cache.isWhole(key)) continue;
      groups.set(key, [...(groups.get(key) ?? []), term]);
    }
    await Promise.all([...groups.values()].map((group) => this.askGroup(underlying, group)));
    const found = terms.map((term) => this.cache.byTerms(underlying.symbol, term));
    return await Promise.all(found.filter((details) => details !== undefined).map((row) => this.complete(row)));
  }

  async details(conIds: readonly number[]): Promise<readonly OptionDetails[]> {
    const rows = await Promise.all(
      conIds.map(async (conId) => {
        return this.cache.byConId(conId) ?? (await this.orLastKnown(conId, this.read(conId)));
      }),
    );
    const listed = rows.filter((row) => row !== undefined && optionOf(row) !== undefined);
    return await Promise.all(listed.filter((row) => row !== undefined).map((row) => this.complete(row)));
  }

  private async read(conId: number): Promise<ContractDetails | undefined> {
    const [row] = await this.detailsOf({ conId, exchange: SMART });
    if (row !== undefined) this.cache.put(row);
    return row;
  }

  /** An order must be priced while the broker throttles details: details from an earlier day serve when an answer is late. */
  private async orLastKnown(
    conId: number,
    asked: Promise<ContractDetails | undefined>,
  ): Promise<ContractDetails | undefined> {
    const before = this.cache.lastKnown(conId);
    if (before === undefined) return await asked;
    asked.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<ContractDetails>((resolve) => {
      timer = setTimeout(() => resolve(before), LATE_MS);
    });
    return await Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }

  private patience(contract: Contract): number {
    return Math.max(this.requests.timeoutMs * DETAILS_PATIENCE, isChain(contract) ? CHAIN_PATIENCE_MS : 0);
  }

  /** Contract details; none when the broker says that there is no such contract. */
  private async detailsOf(contract: Contract): Promise<readonly ContractDetails[]> {
    const rows: ContractDetails[] = [];
    const what = `the details of ${contract.symbol ?? `contract ${contract.conId}`}`;
    try {
      await this.requests.ask<void>(
        what,
        (ask) => {
          ask.on('contractDetails', (reqId, row) => {
            if (reqId !== ask.reqId) return;
            rows.push(row);
            ask.progress();
          });
          ask.on('contractDetailsEnd', (reqId) => {
            if (reqId === ask.reqId) ask.done();
          });
          ask.send((api) => api.reqContractDetails(ask.reqId, contract));
        },
        { timeoutMs: this.patience(contract), farm: 'definitions' },
      );
    } catch (error) {
      if (!isNoDefinition(error)) throw error;
    }
    return rows;
  }

  /** One request for all strikes of an expiry when several are wanted: the broker throttles details of chains. */
  private async askGroup(underlying: Underlying, group: readonly Terms[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const rows = await this.detailsOf({
      symbol: underlying.symbol,
      secType: SecType.OPT,
      exchange: SMART,
      currency: USD,
      lastTradeDateOrContractMonth: first.expiry,
      right: first.right === 'CALL' ? OptionType.Call : OptionType.Put,
      multiplier: first.multiplier,
      tradingClass: first.tradingClass,
      ...(group.length === 1 && { strike: first.strike }),
    });
    for (const row of rows) this.cache.put(row);
    if (group.length > 1) this.cache.putWhole(keyOfChain(underlying, first));
  }

  private async complete(row: ContractDetails): Promise<OptionDetails> {
    const contract = optionOf(row);
    if (contract === undefined)
      throw new LegworkError('INVARIANT_BROKEN', 'The broker sent details of a contract that is not an option.');
    const rule = marketRuleOf(row, SMART);
    const priceBands = rule === undefined ? [bandOf(0, row.minTick)] : await this.bands(rule);
    return { contract, priceBands, ...sessionsOf(row), morningSettled: isMorningSettled(row, contract) };
  }

  private bands(rule: number): Promise<readonly PriceBand[]> {
    const known = this.rules.get(rule);
    if (known !== undefined) return known;
    const asked = this.requests.ask<readonly PriceBand[]>(`market rule ${rule}`, (ask) => {
      ask.on('marketRule', (id, rows) => {
        if (id === rule) ask.done(rows.map((row) => bandOf(row.lowEdge ?? 0, row.increment)));
      });
      ask.send((api) => api.reqMarketRule(rule));
    });
    this.rules.set(rule, asked);
    asked.catch(() => this.rules.delete(rule));
    return asked;
  }
}

function keyOfChain({ symbol }: Underlying, { tradingClass, expiry, right, multiplier }: Terms): string {
  return [symbol, tradingClass, expiry, right, multiplier].join(' ');
}

/** Whether the request covers more than one contract: it names no strike. */
function isChain({ secType, strike }: Contract): boolean {
  return secType === SecType.OPT && strike === undefined;
}

function bandOf(lowEdge: number, increment: number | undefined): PriceBand {
  return { lowEdge: fromNumber(lowEdge), increment: fromNumber(increment ?? 0.01) };
}

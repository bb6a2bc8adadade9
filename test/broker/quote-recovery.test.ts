/**
 * A3: how soon refused lines are back, and how little is requested meanwhile, on a wall clock that the test moves: the machine's speed
 * decides nothing. The same over the wire is in refused-lines.test.ts.
 */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Connection } from '../../src/broker/connection.js';
import { Pacer, REQUESTS_PER_SECOND } from '../../src/broker/pacing.js';
import type { QuoteLine } from '../../src/broker/quote-line.js';
import { QuoteLines } from '../../src/broker/quote-lines.js';
import { present } from './support.js';

/** Longest time from the return of the data to the last quote, ms: a promise to users. */
const BACK_WITHIN_MS = 15_000;
const TURN_MS = 5_000;
const ANSWER_MS = 50;
const CODES = [354, 10168, 10186, 10189, 10197, 101] as const;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

type Listener = (...values: readonly unknown[]) => void;

/** A broker that answers each request with a tick, or with the code that its contract is refused with. */
class Desk {
  readonly codes = new Map<number, number>();
  requests = 0;
  readonly lines: QuoteLines;
  private readonly listeners = new Map<string, Listener>();
  private readonly pacer = new Pacer(() => REQUESTS_PER_SECOND);

  constructor() {
    this.lines = new QuoteLines(
      130,
      () => undefined,
      () => undefined,
    );
    const api = {
      reqMktData: (reqId: number, { conId }: { readonly conId: number }) => this.asked(reqId, conId),
      cancelMktData: () => undefined,
    };
    const connection = {
      adapter: { on: (name: string, listener: Listener) => this.listeners.set(name, listener) },
      turn: (run: () => void, lane: 'request' | 'background') => this.pacer.submit(run, lane),
      write: (call: (to: typeof api) => void) => call(api),
      writeNow: (call: (to: typeof api) => void) => {
        this.pacer.note();
        call(api);
        return true;
      },
    } as unknown as Connection;
    this.lines.attach(connection);
    this.lines.ready(connection);
  }

  /** Options of one underlying each hundred contracts, all quoted. */
  quoted(conIds: readonly number[]): readonly QuoteLine[] {
    const taken = conIds.map((conId) => {
      const symbol = `U${Math.floor(conId / 100)}`;
      return present(this.lines.take({ conId, secType: 'OPT', exchange: 'SMART', symbol }, 'snapshot'));
    });
    jest.advanceTimersByTime(5_000);
    expect(taken.every(({ trouble }) => trouble === undefined)).toBe(true);
    return taken;
  }

  /** From now on, for open lines too. */
  refuse(lines: readonly QuoteLine[], codeOf: (index: number) => number): void {
    for (const [index, { contract, reqId }] of lines.entries()) {
      const code = codeOf(index);
      this.codes.set(contract.conId, code);
      this.said(reqId ?? 0, code);
    }
    expect(lines.every(({ trouble }) => trouble !== undefined)).toBe(true);
  }

  private asked(reqId: number, conId: number): void {
    this.requests += 1;
    setTimeout(() => {
      const code = this.codes.get(conId);
      if (code !== undefined) this.said(reqId, code);
      else this.listeners.get('tickPrice')?.(reqId, 1, 5);
    }, ANSWER_MS);
  }

  private said(reqId: number, code: number): void {
    this.listeners.get('error')?.(new Error('refused by the test'), code, reqId);
  }
}

const numbered = (count: number, from = 100) => Array.from({ length: count }, (_, index) => from + index);

/** Time until all of them are quoted, in steps of the answers. */
function backAfter(lines: readonly QuoteLine[]): number {
  let ms = 0;
  for (; lines.some(({ trouble }) => trouble !== undefined) && ms < 10 * BACK_WITHIN_MS; ms += ANSWER_MS) {
    jest.advanceTimersByTime(ANSWER_MS);
  }
  return ms;
}

it.each([0, 100, 2_500, 4_900, 5_000, 12_000, 61_000])(
  'A3 a hundred lines refused with each code in turn, for %i ms: quotes are back within 15 s',
  (lastingMs) => {
    const desk = new Desk();
    const lines = desk.quoted(numbered(100));
    for (const code of CODES) {
      desk.refuse(lines, () => code);
      jest.advanceTimersByTime(lastingMs);
      desk.codes.clear();
      expect(backAfter(lines)).toBeLessThan(BACK_WITHIN_MS);
    }
  },
);

it('A3 lines of each code at once, for a minute: one of each group is requested a turn, and quotes are back within 15 s', () => {
  const desk = new Desk();
  const lines = desk.quoted(numbered(96));
  const before = desk.requests;
  desk.refuse(lines, (index) => present(CODES[index % CODES.length]));
  const turns = 12;
  jest.advanceTimersByTime(turns * TURN_MS + 1_000);
  expect(desk.requests - before).toBe(turns * CODES.length);
  desk.codes.clear();
  expect(backAfter(lines)).toBeLessThan(BACK_WITHIN_MS);
});

it('A3 an underlying that is refused for good holds back none of another', () => {
  const desk = new Desk();
  const [never, passing] = [desk.quoted(numbered(6, 100)), desk.quoted(numbered(3, 200))];
  const before = desk.requests;
  desk.refuse([...never, ...passing], () => 354);
  jest.advanceTimersByTime(4 * TURN_MS + 1_000);
  expect(desk.requests - before).toBe(4 * 2);
  for (const { contract } of passing) desk.codes.delete(contract.conId);
  expect(backAfter(passing)).toBeLessThan(BACK_WITHIN_MS);
  expect(never.every(({ trouble }) => trouble !== undefined)).toBe(true);
});

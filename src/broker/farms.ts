/**
 * Data farms: the broker's servers of market data, of history and of contract definitions. Each comes and goes by itself, and the
 * gateway names it in its message: `Market data farm connection is broken:usopt`. IB does not say which farm feeds a line.
 */
import { type FarmKind, type FarmState, ibCode } from '../domain/ib-codes.js';
import type { LineContract } from './api.js';

export interface FarmNotice {
  readonly kind: FarmKind;
  readonly state: FarmState;
  /** As the gateway writes it, `usfarm.nj`; empty when it names none. */
  readonly name: string;
}

/** What a message says about a farm; undefined when it is about something else. */
export function readFarm(code: number, text: string): FarmNotice | undefined {
  const meaning = ibCode(code)?.farm;
  if (meaning === undefined) return undefined;
  // The messages about sleeping farms put a full stop before the name: `available upon demand.usfarm`.
  const name = /(?::|demand\.)\s*(\S+)\s*$/.exec(text)?.[1] ?? '';
  return { ...meaning, name };
}

type SecType = LineContract['secType'];

const ALL: readonly SecType[] = ['OPT', 'STK', 'IND'];
/** Farms whose names show what they feed. Stock farms count for options too: older gateways get options from them. */
const FEEDS: readonly (readonly [RegExp, readonly SecType[]])[] = [
  [/^usopt/i, ['OPT']],
  [/^usfarm/i, ALL],
  [/^usfut/i, ['IND']],
  [/^(cashfarm|usbond|eufarm|hfarm|jfarm|cafarm|aufarm|hkfarm|sgfarm|infarm|krfarm|twfarm|mxfarm)/i, []],
];

/** Kinds of US contracts that a market data farm may feed; all of them when its name is not known. */
export function fedBy(name: string): readonly SecType[] {
  return FEEDS.find(([pattern]) => pattern.test(name))?.[1] ?? ALL;
}

/** The farms that are down. */
export class Farms {
  private readonly away = new Map<string, FarmNotice>();

  /** Takes in a notice; true when the farm goes down or comes back. */
  apply(notice: FarmNotice): boolean {
    const key = `${notice.kind} ${notice.name}`;
    const known = this.away.has(key);
    if (notice.state === 'well') return this.away.delete(key);
    this.away.set(key, notice);
    return !known;
  }

  /** For messages: `the market data farm usopt is broken`; undefined when all of the kind are up. */
  trouble(kind: FarmKind): string | undefined {
    const names = [...this.away.values()].filter((farm) => farm.kind === kind).map(({ name }) => name);
    if (names.length === 0) return undefined;
    const what = { market: 'market data', history: 'historical data', definitions: 'security definition' }[kind];
    return `the ${what} farm ${names.join(', ')} is down`;
  }

  clear(): void {
    this.away.clear();
  }
}

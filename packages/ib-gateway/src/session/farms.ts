/**
 * The data farms behind the gateway: what each one serves, and whether it is connected.
 *
 * A farm fails alone: the lines that it serves go quiet, the others go on. The link between the gateway and the broker
 * (1100, 2110) carries them all.
 */
import type { GatewayContract } from '../model.js';

/** The farms of quotes, by the names that IB's notices give them. */
export const QUOTE_FARMS = ['usfarm', 'usopt', 'usfuture', 'cashfarm', 'eufarm'] as const;
export type QuoteFarm = (typeof QUOTE_FARMS)[number];
/** The farm of historical data. */
export const HISTORY_FARM = 'ushmds';
export type Farm = QuoteFarm | typeof HISTORY_FARM;

export type FarmNotice = readonly [code: number, text: string];

const LINK_LOST: readonly number[] = [1100, 2110];
const LINK_BACK: readonly number[] = [1101, 1102];
const BROKEN: readonly number[] = [2103, 2105];
const WELL: readonly number[] = [2104, 2106];

const isHistory = (farm: Farm): boolean => farm === HISTORY_FARM;

/** 2103, or 2105 for the farm of historical data. */
export function brokenNotice(farm: Farm): FarmNotice {
  return isHistory(farm)
    ? [2105, `HMDS data farm connection is broken:${farm}`]
    : [2103, `Market data farm connection is broken:${farm}`];
}

/** 2119, which comes before 2104; the farm of historical data has no such notice. */
export function connectingNotice(farm: Farm): FarmNotice | undefined {
  return isHistory(farm) ? undefined : [2119, `Market data farm is connecting:${farm}`];
}

/** 2104, or 2106 for the farm of historical data. */
export function wellNotice(farm: Farm): FarmNotice {
  return isHistory(farm)
    ? [2106, `HMDS data farm connection is OK:${farm}`]
    : [2104, `Market data farm connection is OK:${farm}`];
}

/** The farm that serves a contract's quotes; none for a combo, whose legs are options. */
export function farmOf(contract: GatewayContract | undefined): QuoteFarm {
  if (contract === undefined || contract.secType === 'OPT' || contract.secType === 'BAG') return 'usopt';
  if (contract.secType === 'FUT') return 'usfuture';
  if (contract.secType === 'CASH') return 'cashfarm';
  return contract.exchange === 'EUREX' ? 'eufarm' : 'usfarm';
}

export class Farms {
  readonly #broken = new Set<string>();
  /** By farm: subscriptions made before this count are dead although the farm is back. */
  readonly #deadBefore = new Map<string, number>();
  #linkUp = true;
  #count = 0;

  /** Increases with each outage that streams do not survive; a subscription keeps the count at its creation. */
  get count(): number {
    return this.#count;
  }

  /** Takes in a notice as every client reads it: by its code, and by the farm at the end of its text; `usfarm.nj` is usfarm. */
  hear(code: number, text: string): void {
    if (LINK_LOST.includes(code)) this.#linkUp = false;
    else if (LINK_BACK.includes(code)) this.#linkUp = true;
    const [farm = ''] = text.slice(text.lastIndexOf(':') + 1).split('.');
    if (BROKEN.includes(code)) this.#broken.add(farm);
    else if (WELL.includes(code)) this.#broken.delete(farm);
  }

  /** Every current subscription of a farm stays silent for good: it must be requested again. */
  stall(farm: Farm): void {
    this.#count += 1;
    this.#deadBefore.set(farm, this.#count);
  }

  /** Whether a farm's data reach a subscription made at a `count`; by default one made now. */
  flows(farm: Farm, madeAt = Number.POSITIVE_INFINITY): boolean {
    return this.#linkUp && !this.#broken.has(farm) && madeAt >= (this.#deadBefore.get(farm) ?? 0);
  }

  /** The notices about the farms for a client that connects. */
  greeting(): readonly FarmNotice[] {
    if (!this.#linkUp)
      return [
        [2110, 'Connectivity between Trader Workstation and server is broken. It will be restored automatically.'],
      ];
    const farms = [...QUOTE_FARMS, HISTORY_FARM] as const;
    return [
      ...farms.map((farm) => (this.#broken.has(farm) ? brokenNotice(farm) : wellNotice(farm))),
      [2158, 'Sec-def data farm connection is OK:secdefil'],
    ];
  }
}

/**
 * Outages that end by themselves: a farm that is down for a while, and the broker's own nightly reset, during which the gateway keeps
 * its clients.
 *
 * As seen in logs of TWS: 1100 comes again every half minute for some minutes; at the end 2103 for every farm, 1102 or 1101,
 * and then each farm is back by itself.
 */
import type { GatewayClock } from '../model.js';
import { brokenNotice, connectingNotice, type Farm, HISTORY_FARM, QUOTE_FARMS, wellNotice } from './farms.js';
import type { FaultOf } from './fault-schema.js';

/** What an outage acts on. */
export interface OutageHost {
  readonly clock: GatewayClock;
  /** A message with id -1 to every client, with its effect on quotes; by default IB's own text. */
  notice(code: number, text?: string): void;
  /** The subscriptions of a farm are dead from now on. */
  stall(farm: Farm): void;
}

const LOST = 1100;
const DATA_LOST = 1101;
const MAINTAINED = 1102;

/** One farm breaks now, is connecting half of the time later and up at the end. */
export function breakFarm(host: OutageHost, { farm, ms, stalls }: FaultOf<'farm'>): void {
  host.notice(...brokenNotice(farm));
  if (stalls) host.stall(farm);
  const connecting = connectingNotice(farm);
  if (connecting) after(host, Math.ceil(ms / 2), () => host.notice(...connecting));
  after(host, ms, () => host.notice(...wellNotice(farm)));
}

/** The nightly reset of the broker's servers; the sockets of the clients stay open. */
export function resetServers(host: OutageHost, fault: FaultOf<'serverReset'>): void {
  for (let at = 0; at < fault.ms; at += fault.everyMs) {
    if (at === 0) host.notice(LOST);
    else after(host, at, () => host.notice(LOST));
  }
  after(host, fault.ms, () => {
    const farms: readonly Farm[] = [...QUOTE_FARMS, HISTORY_FARM];
    for (const farm of farms) host.notice(...brokenNotice(farm));
    host.notice(fault.dataLost ? DATA_LOST : MAINTAINED);
    for (const [index, farm] of farms.entries()) {
      if (fault.stalls) host.stall(farm);
      after(host, (index + 1) * fault.farmMs, () => host.notice(...wellNotice(farm)));
    }
  });
}

function after({ clock }: OutageHost, ms: number, action: () => void): void {
  clock.schedule(clock.now() + ms, 'fault:end', action);
}

/** Market-data lines of the unmodified client library on the stepped gateway: what each received. */
import { type Contract, EventName, OptionType, SecType } from '@stoqey/ib';
import type { GatewayContract } from '../../../src/model.js';
import type { Client, Fixture } from '../../protocol/support/fixture.js';

/** Codes and texts of messages without a request id, from a place in what was heard on. */
export const notices = (client: Client, from = 0): readonly (readonly [number, string])[] =>
  client.heard
    .slice(from)
    .flatMap(([name, text, code]) => (name === EventName.info ? [[Number(code), String(text)]] : []));

/** Codes of the errors about one request. */
export const errorsOf = (client: Client, reqId: number, from = 0): readonly number[] =>
  client.heard
    .slice(from)
    .flatMap(([name, , code, id]) => (name === EventName.error && id === reqId ? [Number(code)] : []));

const TICKS: readonly string[] = ['tickPrice', 'tickSize', 'tickOptionComputation', 'tickGeneric', 'tickString'];

/** Request ids that had ticks from a place on, ascending. */
export const fedLines = (client: Client, from = 0): readonly number[] => {
  const ids = client.heard.slice(from).flatMap(([name, reqId]) => (TICKS.includes(name) ? [Number(reqId)] : []));
  return [...new Set(ids)].sort((left, right) => left - right);
};

/** Waits until the gateway has answered everything that was asked before, and the client has read it. */
export async function settled({ api, wait, heard }: Client): Promise<void> {
  const from = heard.length;
  api.reqCurrentTime();
  await wait(EventName.currentTime, undefined, from);
}

/** Moves market time on second by second after what was asked has arrived, and waits for what was sent. */
export async function pass({ gateway }: Fixture, client: Client, seconds: number): Promise<void> {
  await settled(client);
  for (let second = 0; second < seconds; second += 1) gateway.advance(gateway.now() + 1_000);
  await settled(client);
}

export const SPY: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };

/** A listed contract as the library takes it. */
export const contractOf = ({ conId, secType, exchange }: GatewayContract): Contract => ({
  conId,
  secType: secType as SecType,
  exchange,
  currency: 'USD',
});

/** So many listed puts of SPY that expire on 18 December 2026. */
export function putsOf({ market, gateway }: Fixture, count: number): readonly Contract[] {
  const query = { symbol: 'SPY', secType: 'OPT', right: 'P', expiry: '20261218' } as const;
  const listed = market.find(query, gateway.now());
  if (listed.length < count) throw new Error(`only ${listed.length} puts are listed`);
  const middle = Math.floor((listed.length - count) / 2);
  return listed.slice(middle, middle + count).map(contractOf);
}

/** The same put by its terms, for requests that name no contract id. */
export const PUT: Contract = {
  ...{ symbol: 'SPY', secType: SecType.OPT, exchange: 'SMART', currency: 'USD' },
  ...{ lastTradeDateOrContractMonth: '20261218', strike: 650, right: OptionType.Put },
};

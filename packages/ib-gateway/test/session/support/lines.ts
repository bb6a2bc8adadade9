/** Market-data lines of the unmodified client library on the stepped gateway, with the ticks of each. */
import { type Contract, EventName, OptionType, SecType } from '@stoqey/ib';
import type { GatewayContract } from '../../../src/model.js';
import type { Client, Fixture } from '../../protocol/support/fixture.js';

/** Codes and texts of messages without a request id, from an index on. */
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

/** Request ids with ticks from an index on, ascending. */
export const fedLines = (client: Client, from = 0): readonly number[] => {
  const ids = client.heard.slice(from).flatMap(([name, reqId]) => (TICKS.includes(name) ? [Number(reqId)] : []));
  return [...new Set(ids)].sort((left, right) => left - right);
};

/** Waits until the gateway has answered all earlier requests, and the client has read the answers. */
export async function settled({ api, wait, heard }: Client): Promise<void> {
  const from = heard.length;
  api.reqCurrentTime();
  await wait(EventName.currentTime, undefined, from);
}

/** Moves market time second by second once the requests have arrived, and waits for the messages. */
export async function pass({ gateway }: Fixture, client: Client, seconds: number): Promise<void> {
  await settled(client);
  for (let second = 0; second < seconds; second += 1) gateway.advance(gateway.now() + 1_000);
  await settled(client);
}

export const SPY: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };

/** A listed contract in the library's form. */
export const contractOf = ({ conId, secType, exchange }: GatewayContract): Contract => ({
  conId,
  secType: secType as SecType,
  exchange,
  currency: 'USD',
});

/** This many listed puts of SPY that expire on 18 December 2026. */
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

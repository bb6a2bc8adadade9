/** A simulated gateway over TCP and a broker connected to it. */

import { type GatewayHandle, type GatewayOptions, startGateway } from 'ib-gateway';
import { daysToExpiry } from 'market-time';
import {
  type Broker,
  type BrokerOptions,
  connectBroker,
  type OptionDetails,
  type OrderEvent,
} from '../../src/broker/index.js';
import { MICROS_PER_DOLLAR, type Micros } from '../../src/domain/money.js';
import type { LegAction, Right } from '../../src/domain/option.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';

export const ACCOUNT = 'DU1000000';
/** Monday 2026-03-02, 10:00 in New York: where the calm scenario begins. */
export const START = Date.parse('2026-03-02T15:00:00Z');

export interface World {
  readonly gateway: GatewayHandle;
  readonly broker: Broker;
  readonly events: OrderEvent[];
  close(): Promise<void>;
}

export interface BrokerWorldOptions {
  readonly gateway?: Partial<GatewayOptions>;
  readonly broker?: Partial<BrokerOptions>;
  /** Gives the broker the control interface. */
  readonly control?: boolean;
}

export async function startWorld(options: BrokerWorldOptions = {}): Promise<World> {
  const gateway = await startGateway({ port: 0, controlPort: 0, seed: 5, ...options.gateway });
  const broker = connectTo(gateway, options);
  const events: OrderEvent[] = [];
  broker.orders.on((event) => events.push(event));
  return {
    gateway,
    broker,
    events,
    close: async () => {
      await broker.close();
      await gateway.close();
    },
  };
}

/** The common options of all brokers in these tests. */
export const OPTIONS = {
  clientId: 7,
  lineLimit: 90,
  probePeriodMs: 1_000,
  requestTimeoutMs: 5_000,
  log: () => undefined,
};

export function connectTo(gateway: GatewayHandle, options: BrokerWorldOptions = {}): Broker {
  const { host, port, controlPort } = gateway;
  return connectBroker({
    host,
    port,
    ...OPTIONS,
    guard: { allowedHosts: [host], allowedPorts: [port], accounts: [ACCOUNT], live: false },
    ...(options.control && controlPort !== undefined && { control: { host, port: controlPort } }),
    ...options.broker,
  });
}

/** What must come does so within it. */
export const DEADLINE_MS = 10_000 * TIMEOUT_FACTOR;

/** Waits until the condition holds; throws with its text otherwise. */
export async function until<T>(condition: () => T | undefined | false): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`never: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Moves a stepped gateway by hand, from event to event, until the condition holds. */
export async function advanceUntil<T>({ gateway }: World, condition: () => T | undefined | false): Promise<T> {
  return await until(() => {
    const value = condition();
    if (value === undefined || value === false) gateway.advance(gateway.now() + 1_000);
    return value;
  });
}

export async function usable(broker: Broker): Promise<number> {
  await until(() => broker.state().usable);
  return broker.state().epoch;
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value is missing');
  return value;
}

export interface Condor {
  readonly legs: readonly { readonly details: OptionDetails; readonly action: LegAction }[];
  /** The cost of one combo at the far side of every leg: negative, we receive. */
  readonly natural: Micros;
}

/** An iron condor on SPY some 45 days out, its strikes around the spot, sold. */
export async function findCondor(broker: Broker): Promise<Condor> {
  const spy = await broker.underlying('SPY');
  const classes = await broker.optionClasses(spy);
  const chain = present(classes.find((row) => row.tradingClass === 'SPY'));
  const expiry = present(chain.expirations.find((date) => daysToExpiry(broker.clock.now(), date) >= 40));
  const quotes = await broker.quotes.snapshot([spy], DEADLINE_MS);
  const spot = present(quotes.get(spy.conId)?.last ?? quotes.get(spy.conId)?.bid) / MICROS_PER_DOLLAR;
  const near = (target: number) =>
    present(
      [...chain.strikes]
        .filter((strike) => strike % 5 === 0)
        .sort((a, b) => Math.abs(a - target) - Math.abs(b - target))[0],
    );
  const wanted: readonly [number, Right, LegAction][] = [
    [near(spot * 0.93), 'PUT', 'BUY'],
    [near(spot * 0.96), 'PUT', 'SELL'],
    [near(spot * 1.04), 'CALL', 'SELL'],
    [near(spot * 1.07), 'CALL', 'BUY'],
  ];
  const found = await broker.qualify(
    spy,
    wanted.map(([strike, right]) => ({ tradingClass: 'SPY', expiry, strike, right, multiplier: 100 })),
  );
  const legs = wanted.map(([strike, right, action]) => ({
    details: present(found.find(({ contract }) => contract.strike === strike && contract.right === right)),
    action,
  }));
  const prices = await broker.quotes.snapshot(
    legs.map(({ details }) => ({ conId: details.contract.conId, secType: 'OPT' as const, exchange: 'SMART' })),
    DEADLINE_MS,
  );
  const natural = legs.reduce((sum, { details, action }) => {
    const quote = present(prices.get(details.contract.conId));
    return action === 'BUY' ? sum + present(quote.ask) : sum - present(quote.bid);
  }, 0);
  return { legs, natural };
}

export function payloadOf({ legs }: Condor, limitPrice: Micros, more: Partial<OrderPayload> = {}): OrderPayload {
  return {
    positionId: 'spy-ic-20260302-test01',
    step: 1,
    role: 'combo',
    purpose: 'OPEN',
    symbol: 'SPY',
    legs: legs.map(({ details, action }) => ({ contract: details.contract, action, ratio: 1 })),
    quantity: 1,
    orderType: 'LMT',
    limitPrice,
    tif: 'DAY',
    ...more,
  };
}

export interface Placed {
  readonly orderId: number;
  readonly orderRef: string;
}

/** Places an order and keeps its references. */
export function place(world: Pick<World, 'broker'>, payload: OrderPayload, orderRef: string): Placed {
  const { broker } = world;
  const orderId = broker.orders.allocateOrderId(0);
  broker.orders.place({ payload, orderRef, orderId, account: ACCOUNT, epoch: broker.state().epoch });
  return { orderId, orderRef };
}

export function framesIn(gateway: GatewayHandle, type: string): number {
  return gateway.journal().filter((entry) => entry.dir === 'in' && entry.type === type).length;
}

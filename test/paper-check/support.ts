/** The command against a simulated gateway, and the orders that work there afterwards. */
import { type GatewayHandle, type GatewayOptions, startGateway } from 'ib-gateway';
import { noRecorder } from '../../src/paper-check/capture.js';
import type { CardResult } from '../../src/paper-check/card.js';
import { Link } from '../../src/paper-check/link.js';
import { legwork, type Options } from '../client/support.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';

/** A gateway on any free port, at ten o'clock on a trading day. */
export function gatewayAt(speed: number, options: Partial<GatewayOptions> = {}): Promise<GatewayHandle> {
  return startGateway({ port: 0, seed: 7, speed, start: '2026-03-02T10:00:00-05:00', ...options });
}

export const environment = (gateway: GatewayHandle): Readonly<Record<string, string>> => ({
  IB_PORT: String(gateway.port),
});

export interface Checked {
  readonly status: number;
  readonly err: string;
  readonly out: string;
  readonly cards: readonly CardResult[];
  readonly left: readonly string[];
  readonly positions: readonly string[];
  /** Ids of the cards of a verdict. */
  of(verdict: CardResult['verdict']): readonly string[];
}

/** Runs `legwork paper-check --json`. */
export async function check(
  gateway: GatewayHandle,
  argv: readonly string[] = [],
  options: Options = {},
): Promise<Checked> {
  const { status, err, out } = await legwork(['paper-check', '--json', ...argv], {
    env: environment(gateway),
    ...options,
  });
  const {
    cards = [],
    left = [],
    positions = [],
  } = JSON.parse(out) as { cards?: CardResult[]; left?: string[]; positions?: string[] };
  return {
    ...{ status, err, out, cards, left, positions },
    of: (verdict) => cards.filter((card) => card.verdict === verdict).map(({ id }) => id),
  };
}

/** References of the orders that work at the gateway. */
export async function working(gateway: GatewayHandle): Promise<readonly string[]> {
  const link = await Link.open({
    ...{ host: gateway.host, port: gateway.port, clientId: 5, recorder: noRecorder, timeoutMs: 10_000 },
    signal: new AbortController().signal,
  });
  try {
    await link.until(0, ({ name }) => name === 'NEXT_VALID_ID', 10_000 * TIMEOUT_FACTOR);
    const mark = link.mark;
    link.send('REQ_ALL_OPEN_ORDERS');
    const end = await link.until(mark, ({ name }) => name === 'OPEN_ORDER_END', 10_000 * TIMEOUT_FACTOR);
    if (!end) throw new Error('the gateway did not end its list of open orders');
    return link.since(mark).flatMap(({ name, values }) => (name === 'OPEN_ORDER' ? [String(values.orderRef)] : []));
  } finally {
    link.close();
  }
}

/** Number of order frames received. */
export function orderFrames(gateway: GatewayHandle): number {
  return gateway.journal().filter(({ dir, type }) => dir === 'in' && type === 'PLACE_ORDER').length;
}

/** Waits until a condition holds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms * TIMEOUT_FACTOR;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms * TIMEOUT_FACTOR} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

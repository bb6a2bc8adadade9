/** The broker's preview of an order: margin and commission. No order remains. */
import type { OrderState } from '@stoqey/ib';
import { LegworkError } from '../domain/errors.js';
import { fromNumber, type Micros } from '../domain/money.js';
import type { OrderPayload } from '../domain/order/order.js';
import type { WhatIf } from './api.js';
import type { Connection } from './connection.js';
import { RequestRefused, unreachable } from './failures.js';
import { contractOf, orderOf } from './ib-order.js';

/** Orders with this reference are previews: they never work. */
const REFERENCE = 'LW-what-if';
const UNSET = 1e300;
/** Wall time to wait for figures once the broker has answered without them. */
const FIGURES_MS = 5_000;

interface Preview {
  readonly payload: OrderPayload;
  readonly account: string;
  readonly orderId: number;
  readonly timeoutMs: number;
}

/**
 * Throws BROKER_REFUSED with the broker's text, or BROKER_UNREACHABLE. An order with a warning is answered twice: first by a row with
 * the warning and without figures, then by the real one. The warning is kept; it stands alone when no figures follow.
 */
export async function askWhatIf(connection: Connection, preview: Preview): Promise<WhatIf> {
  const { payload, account, orderId, timeoutMs } = preview;
  const contract = contractOf(payload);
  const order = { ...orderOf(payload, REFERENCE, account), whatIf: true };
  try {
    const state = await connection.ask<OrderState>(
      (ask) => {
        let warning: string | undefined;
        ask.on('openOrder', (id, _contract, _order, answer) => {
          if (id !== orderId) return;
          warning = answer.warningText || warning;
          const told = warning === undefined ? answer : { ...answer, warningText: warning };
          if (hasFigures(answer)) ask.done(told);
          else ask.doneAfter(FIGURES_MS, told);
        });
        if (!connection.writeNow((api) => api.placeOrder(orderId, contract, order)))
          ask.fail(unreachable('The client library did not write the what-if order.'));
      },
      { what: 'a what-if order', timeoutMs, errorId: orderId },
    );
    return resultOf(state);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    throw new LegworkError('BROKER_REFUSED', `The broker refused the order (${error.ibCode}): ${error.text}`, {
      ibCode: error.ibCode,
    });
  }
}

/** Margins; their commission may stay unknown, with tiered fees or two currencies. */
function hasFigures({ initMarginChange, maintMarginChange, initMarginAfter }: OrderState): boolean {
  return [initMarginChange, maintMarginChange, initMarginAfter].some(isSet);
}

function resultOf(state: OrderState): WhatIf {
  return {
    ...amount('initMarginChange', state.initMarginChange),
    ...amount('maintMarginChange', state.maintMarginChange),
    ...amount('equityWithLoanAfter', state.equityWithLoanAfter),
    ...amount('initMarginAfter', state.initMarginAfter),
    ...amount('commission', [state.commission, state.maxCommission, state.minCommission].find(isSet)),
    ...(state.warningText && { warning: state.warningText }),
  };
}

function amount<K extends string>(key: K, value: number | undefined): { [P in K]?: Micros } {
  if (!isSet(value)) return {};
  return { [key]: fromNumber(value) } as { [P in K]?: Micros };
}

function isSet(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && Math.abs(value) < UNSET;
}

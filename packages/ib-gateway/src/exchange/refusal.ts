import type { GatewayOrderRequest } from '../model.js';

/** Why an order was not accepted: an error code of the TWS API with IB's text. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
  /** The order existed for a moment and became Inactive, as IB shows it when margin is short. */
  readonly inactive?: boolean;
  /** JSON beside the error; it names what a client may answer. */
  readonly json?: string;
}

export function refusal(code: number, text: string): Refusal {
  return { code, text };
}

/** Error 201: the order was understood and refused. */
export function rejected(reason: string): Refusal {
  return { code: 201, text: `Order rejected - reason:${reason}` };
}

/** A refusal that a client may override by sending `fixstr` in `advancedErrorOverride` (as three bots log and use it). */
export function overridable(why: Refusal, fixstr: string): Refusal {
  const text = why.text.slice(why.text.indexOf(':') + 1);
  const buttons = [{ options: [{ fixstr, text: 'Transmit anyway.' }], style: 'chk' }];
  return { ...why, json: JSON.stringify({ rejects: [{ buttons, id: 2, text }], version: '1.0' }) };
}

/** Whether an order overrides the refusal. */
export function hasOverride({ extra }: Pick<GatewayOrderRequest, 'extra'>, fixstr: string): boolean {
  return String(extra.advancedErrorOverride ?? '')
    .split(',')
    .some((one) => one.trim() === fixstr);
}

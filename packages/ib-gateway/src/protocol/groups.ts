/**
 * Groups of fields shared by several messages.
 */
import {
  constant,
  type Field,
  float,
  int,
  list,
  type Message,
  message,
  optionalFloat,
  optionalInt,
  text,
  type Values,
  when,
} from './field.js';

/** The version token that most old messages begin with. */
export const version = (token: number, gates: { until?: number } = {}): Field => constant(String(token), gates);

/** The version of most messages that have one. */
export const versionOne: Field = version(1);

/** A message that ends the answer to a request. */
export const endOf = (id: number, name: string): Message => message(id, name, [versionOne, int('reqId')]);

/** A contract as a client sends it. */
export const requestContract: readonly Field[] = [
  optionalInt('conId'),
  text('symbol'),
  text('secType'),
  text('expiry'),
  optionalFloat('strike'),
  text('right'),
  text('multiplier'),
  text('exchange'),
  text('primaryExchange'),
  text('currency'),
  text('localSymbol'),
  text('tradingClass'),
];

/** A contract as the gateway sends it: no primary exchange. */
export const responseContract: readonly Field[] = [
  int('conId'),
  text('symbol'),
  text('secType'),
  text('expiry'),
  float('strike'),
  text('right'),
  text('multiplier'),
  text('exchange'),
  text('currency'),
  text('localSymbol'),
  text('tradingClass'),
];

export const isBag = (values: Values): boolean => String(values.secType).toUpperCase() === 'BAG';

/** The legs of a combo in a market-data or history request. */
export const shortLegs: Field = when(isBag, [
  list('comboLegs', [int('conId'), int('ratio'), text('action'), text('exchange')]),
]);

/** The underlying that a delta-neutral contract names. */
export const deltaNeutralContract: readonly Field[] = [
  { kind: 'scalar', name: 'deltaNeutral', type: 'bool', unset: '0' },
  when(
    (values) => values.deltaNeutral === true,
    [int('deltaNeutralUnderConId'), float('deltaNeutralUnderDelta'), float('deltaNeutralUnderPrice')],
  ),
];

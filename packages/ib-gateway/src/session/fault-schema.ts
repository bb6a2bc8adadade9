/**
 * The faults between the sessions and their sockets, as the control interface, a caller in process, or a scenario writes
 * them. Durations are milliseconds of market time.
 */
import { z } from 'zod';
import { dataFaults } from './data-fault-schema.js';

const count = z.number().int().min(1).default(1);
const ms = z.number().int().min(1);

/** The messages to clients that a fault affects: by name, and if given by order or request id and by order status. */
const target = {
  message: z.string(),
  n: count,
  orderId: z.number().int().optional(),
  status: z.string().optional(),
};

const connection = [
  z.strictObject({ kind: z.literal('drop') }).describe('cuts every connection at once'),
  z
    .strictObject({
      kind: z.literal('freeze'),
      /**
       * `discard`: a half-open connection; bytes are lost both ways, and connections that lost some are cut at the end.
       * `queue`: a stalled process; both directions catch up afterwards. `process`: requests are acted on, and the
       * answers are lost.
       */
      input: z.enum(['discard', 'queue', 'process']).default('discard'),
    })
    .describe('stops answering but keeps the sockets; new connections are accepted and not answered either'),
  z.strictObject({ kind: z.literal('unfreeze') }).describe('ends `freeze`'),
  z
    .strictObject({ kind: z.literal('refuse'), on: z.boolean().default(true), ms: ms.optional() })
    .describe('closes new connections before the handshake, for ms or until called with on = false'),
  z
    .strictObject({ kind: z.literal('idInUse'), clientId: z.number().int().min(0), ms })
    .describe('a session that has ended still holds a client id: for ms a client that connects with it gets 326'),
  z
    .strictObject({ kind: z.literal('restart'), rollback: z.number().int().min(0).default(0) })
    .describe('cuts every connection; afterwards the next valid ids are lower by `rollback`'),
  z
    .strictObject({
      kind: z.literal('nightlyReset'),
      ms: ms.default(120_000),
      rollback: z.number().int().min(0).default(0),
    })
    .describe('the daily restart: 1100, every connection cut, new ones refused for ms, ids rolled back'),
  z
    .strictObject({ kind: z.literal('pacing'), perSecond: z.number().int().min(0) })
    .describe(
      'messages per second of wall time that a client may send; above that error 100, then the connection ends; 0: no limit',
    ),
  z
    .strictObject({ kind: z.literal('badHandshake'), n: count, how: z.enum(['ends', 'version']).default('version') })
    .describe(
      'the next n connections are not ready: closed after the greeting, or greeted with version 0, which clients report as 506 or 503, and closed',
    ),
  z
    .strictObject({ kind: z.literal('readOnly'), off: z.boolean().default(false) })
    .describe(
      'the Read-Only API, until called with off: orders, cancels and exercises get 321, lists of orders 321 with id -1 and no end',
    ),
] as const;

const notices = [
  z
    .strictObject({ kind: z.literal('notice'), code: z.number().int(), text: z.string().optional() })
    .describe(
      'a system message with id -1; 1100 and 2110 stop all quotes and 1101 and 1102 start them again, 2103 and 2104 do so for the farm that the text ends with; 1101 forgets lines',
    ),
  z
    .strictObject({ kind: z.literal('connectivity'), ms, dataLost: z.boolean().default(false) })
    .describe('1100 now, and after ms 1102, or 1101 when data was lost'),
  z
    .strictObject({ kind: z.literal('dateRoll') })
    .describe('the gateway begins a new day: earlier executions and completed orders are gone'),
  z
    .strictObject({
      kind: z.literal('falseEmpty'),
      answer: z.enum(['openOrders', 'completedOrders', 'executions', 'positions']),
      n: count,
    })
    .describe('the next n answers are empty lists, ended as if they were whole'),
  z
    .strictObject({ kind: z.literal('bareCompleted'), n: count })
    .describe('filled orders in the next n answers about completed orders lack the filled quantity'),
  z
    .strictObject({
      kind: z.literal('failNext'),
      request: z.string(),
      n: count,
      code: z.number().int().optional(),
      text: z.string().default('Error processing request.'),
    })
    .describe('the next n requests of this name get this error instead of an answer; without a code they get nothing'),
] as const;

const orders = [
  z
    .strictObject({
      kind: z.literal('rejectNext'),
      n: count,
      code: z.number().int(),
      text: z.string(),
      json: z.string().optional(),
      on: z.enum(['any', 'new', 'modify']).default('any'),
      orderRefIncludes: z.string().default(''),
      place: z.boolean().default(false),
    })
    .describe(
      'the next n orders, of those whose reference includes this text, get this error and are refused; with place they are placed nevertheless; a what-if counts only with on = any',
    ),
  z
    .strictObject({
      kind: z.literal('cancelAnswer'),
      n: count,
      code: z.number().int(),
      text: z.string(),
      act: z.boolean().default(false),
    })
    .describe('the next n cancels get this error and do nothing; with act they are carried out nevertheless'),
  z
    .strictObject({
      kind: z.literal('mute'),
      orderRefPrefix: z.string(),
      place: z.boolean().default(false),
      off: z.boolean().default(false),
    })
    .describe('orders whose reference has this prefix get no answer; with place they reach the exchange nevertheless'),
] as const;

const messages = [
  z.strictObject({ kind: z.literal('omit'), ...target }).describe('the next n messages of this name are not sent'),
  z.strictObject({ kind: z.literal('duplicate'), ...target }).describe('the next n messages of this name come twice'),
  z.strictObject({ kind: z.literal('delay'), ...target, ms }).describe('the next n messages of this name come later'),
  z
    .strictObject({ kind: z.literal('reorder'), ...target, after: z.string(), ms: ms.default(10_000) })
    .describe('the next n messages of this name wait for one of the name `after`, but ms at most'),
  z
    .strictObject({ kind: z.literal('corrupt'), ...target, how: z.enum(['short', 'long', 'garbled']).default('short') })
    .describe('the next n messages of this name lack their last field, have one too many, or hold words for numbers'),
  z
    .strictObject({ kind: z.literal('clear') })
    .describe('forgets every pending fault of messages and orders, and every mute'),
] as const;

/** All faults; every kind says what it does. */
export const faultSchema = z.discriminatedUnion('kind', [
  ...connection,
  ...notices,
  ...dataFaults,
  ...orders,
  ...messages,
]);

/** A fault, complete. */
export type Fault = z.infer<typeof faultSchema>;
/** A fault as it may be written, with defaults left out. */
export type FaultInput = z.input<typeof faultSchema>;
export type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

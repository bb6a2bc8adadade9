/**
 * Faults at the exchange, not on the connection: they change the state of the exchange, not only its reports.
 */
import { z } from 'zod';
import type { ExchangeFaults } from '../exchange/index.js';
import { refusal } from '../exchange/refusal.js';

const conId = z.number().int().positive();
const quantity = z.number().int().positive().optional();

export const exchangeFaultSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('correctExecution'), execId: z.string(), price: z.number() })
    .describe('an execution is sent again with another price and the next id suffix'),
  z
    .strictObject({
      kind: z.literal('lateCommission'),
      n: z.number().int().min(1).default(1),
      /** Market time, ms; absent: the reports never come. */
      ms: z.number().int().min(1).optional(),
    })
    .describe('the next n commission reports come late or never'),
  z
    .strictObject({ kind: z.literal('manualTrade'), conId, quantity: z.number().int(), price: z.number().optional() })
    .describe('a person trades in TWS: a positive quantity buys, a negative one sells; without a price at the quote'),
  z
    .strictObject({
      kind: z.literal('manualOrder'),
      conId,
      quantity: z.number().int(),
      limitPrice: z.number(),
      tif: z.enum(['DAY', 'GTC']).default('DAY'),
    })
    .describe('a person places a limit order in TWS: order id 0 until client 0 binds it'),
  z
    .strictObject({ kind: z.literal('liquidate'), conId, quantity })
    .describe('the broker closes a position; the execution is marked'),
  z
    .strictObject({ kind: z.literal('assign'), conId, quantity })
    .describe('a short option is exercised against the account'),
  z
    .strictObject({ kind: z.literal('margin'), factor: z.number().min(0.1).max(10) })
    .describe('margin requirements are multiplied'),
  z
    .strictObject({ kind: z.literal('hold'), conId, off: z.boolean().default(false) })
    .describe('until called with off, single orders on this contract rest without filling; combinations fill as usual'),
  z
    .strictObject({
      kind: z.literal('holdCombos'),
      market: z.boolean().default(false),
      off: z.boolean().default(false),
    })
    .describe(
      'until called with off, limit orders on combinations rest, and with market so do market orders on them; their legs fill as usual',
    ),
  z
    .strictObject({ kind: z.literal('ocaRace'), n: z.number().int().min(1).default(1) })
    .describe('the next n fills in an OCA group leave the other orders of the group working, so that several may fill'),
  z
    .strictObject({
      kind: z.literal('loseOrders'),
      orderRefPrefix: z.string().default(''),
      shownId: z.number().int().max(0).default(0),
      clientId: z.number().int().min(0).optional(),
    })
    .describe(
      'live orders lose their client: they are shown with order id 0 or a negative one, and are out of reach until client 0 binds them',
    ),
  z
    .strictObject({
      kind: z.literal('hideCommission'),
      n: z.number().int().min(1).default(1),
      range: z.boolean().default(true),
    })
    .describe('the next n what-ifs have margins but no commission; without range not even its minimum and maximum'),
  z
    .strictObject({
      kind: z.literal('endNext'),
      n: z.number().int().min(1).default(1),
      /** Market time after the acknowledgement, ms. */
      ms: z.number().int().min(0).default(1_000),
      as: z.enum(['cancelled', 'refused', 'inactive']).default('cancelled'),
      text: z.string().default('Limit price too far outside of NBBO.'),
    })
    .describe(
      'ms after it accepted them, the system cancels the next n orders (202), refuses them (201), or leaves them Inactive',
    ),
  z
    .strictObject({
      kind: z.literal('lateAcknowledgement'),
      n: z.number().int().min(1).default(1),
      /** Market time, ms. */
      ms: z.number().int().min(1),
      shown: z.boolean().default(false),
    })
    .describe('the first callback of the next n orders comes after ms; until then only shown puts them into lists'),
  z
    .strictObject({
      kind: z.literal('refuseCombos'),
      code: z.number().int().default(321),
      text: z
        .string()
        .default(
          "Error validating request.-'bN' : cause - Invalid NonGuaranteed value of 0. The order cannot be set as guaranteed.",
        ),
      previews: z.boolean().default(true),
      off: z.boolean().default(false),
    })
    .describe(
      'until called with off, combinations are refused with this error, and so are their previews unless previews is false',
    ),
]);

export type ExchangeFault = z.infer<typeof exchangeFaultSchema>;

/** Applies a fault. Throws an Error when it names a contract, position or execution that is not there. */
export function applyExchangeFault(faults: ExchangeFaults, fault: ExchangeFault): void {
  if (fault.kind === 'lateCommission') faults.lateCommission(fault.n, fault.ms);
  else if (fault.kind === 'margin') faults.marginFactor(fault.factor);
  else if (fault.kind === 'hold') faults.hold(fault.conId, !fault.off);
  else if (fault.kind === 'holdCombos') faults.holdCombos(fault.off ? undefined : { market: fault.market });
  else if (fault.kind === 'ocaRace') faults.raceGroups(fault.n);
  else if (fault.kind === 'hideCommission') faults.hideCommission(fault.n, { range: fault.range });
  else if (fault.kind === 'endNext') faults.endNext(fault.n, { ms: fault.ms, as: fault.as, text: fault.text });
  else if (fault.kind === 'lateAcknowledgement') faults.acknowledgeLate(fault.n, { ms: fault.ms, shown: fault.shown });
  else if (fault.kind === 'refuseCombos')
    faults.refuseCombos(fault.off ? undefined : refusal(fault.code, fault.text), fault.previews);
  else if (!happened(faults, fault)) throw new Error(`${fault.kind}: there is nothing it could happen to`);
}

type Conditional = Extract<
  ExchangeFault,
  { kind: 'assign' | 'correctExecution' | 'manualTrade' | 'manualOrder' | 'liquidate' | 'loseOrders' }
>;

function happened(faults: ExchangeFaults, fault: Conditional): boolean {
  if (fault.kind === 'correctExecution') return faults.correctExecution(fault.execId, fault.price);
  if (fault.kind === 'manualTrade') return faults.manualTrade(fault.conId, fault.quantity, fault.price);
  if (fault.kind === 'manualOrder') return faults.manualOrder(fault);
  if (fault.kind === 'assign') return faults.assign(fault.conId, fault.quantity);
  if (fault.kind === 'loseOrders') return faults.loseOrders(fault);
  return faults.liquidate(fault.conId, fault.quantity);
}

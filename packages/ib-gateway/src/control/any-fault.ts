/** Every fault there is: of connections, of the exchange, of quotes. */
import { z } from 'zod';
import { faultSchema } from '../session/fault-schema.js';
import { exchangeFaultSchema } from './exchange-fault.js';
import { marketFaultSchema } from './market-fault.js';

export const anyFaultSchema = z.discriminatedUnion('kind', [faultSchema, exchangeFaultSchema, marketFaultSchema]);
export type AnyFault = z.infer<typeof anyFaultSchema>;
/** A fault as it may be written, with defaults left out. */
export type AnyFaultInput = z.input<typeof anyFaultSchema>;

/** Every fault's name and effect. */
export function listFaults(): readonly { readonly name: string; readonly about: string }[] {
  return [...faultSchema.options, ...exchangeFaultSchema.options, marketFaultSchema].map((option) => ({
    name: option.shape.kind.value,
    about: option.description ?? '',
  }));
}

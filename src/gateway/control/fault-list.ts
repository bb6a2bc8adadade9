/**
 * The faults that can be asked for, by name, each with a line about it.
 */
import { faultSchema } from '../session/fault-schema.js';
import { exchangeFaultSchema } from './exchange-fault.js';

/** Faults of connections and messages first, then those of the exchange. */
export function listFaults(): readonly { readonly name: string; readonly about: string }[] {
  return [...faultSchema.options, ...exchangeFaultSchema.options].map((option) => ({
    name: option.shape.kind.value,
    about: option.description ?? '',
  }));
}

/**
 * The holder's instructions for long options overnight: exercise, or let lapse.
 *
 * An instruction replaces an earlier one for the same contract. Options that are sold before the night are not exercised.
 */
import type { ExerciseRequest, GatewayContract, GatewayMarket } from '../model.js';
import { isIndexOption } from './fill-booking.js';
import type { Ledger } from './ledger.js';
import { type Refusal, refusal } from './refusal.js';

/** A pending instruction. */
export interface Exercise {
  readonly conId: number;
  readonly action: ExerciseRequest['action'];
  readonly quantity: number;
}

const invalid = (cause: string): Refusal => refusal(321, `Error validating request.-'bH' : cause - ${cause}`);

export class Exercises {
  readonly #open = new Map<number, Exercise>();

  /** The saved part. */
  state(): { readonly exercises: readonly Exercise[] } {
    return { exercises: [...this.#open.values()] };
  }

  restore({ exercises = [] }: { readonly exercises?: readonly Exercise[] }): void {
    for (const exercise of exercises) this.#open.set(exercise.conId, exercise);
  }

  /** Takes an instruction, or says why not. */
  take(
    request: ExerciseRequest,
    parts: {
      readonly market: GatewayMarket;
      readonly ledger: Ledger;
      readonly account: string;
      readonly inner: number;
    },
  ): Refusal | undefined {
    const contract = parts.market.contract(request.conId);
    const held = parts.ledger.quantity(request.conId);
    if (contract?.secType !== 'OPT' || held <= 0)
      return invalid(`No unlapsed position exists in this option in account ${parts.account}.`);
    if (!Number.isInteger(request.quantity) || request.quantity < 1 || request.quantity > held)
      return invalid(`Exercise quantity must be between 1 and ${held}.`);
    if (isIndexOption(parts.market, contract))
      return invalid('This option is European style and settles in cash; it is exercised at its expiry.');
    const against = request.action === 'exercise' ? parts.inner <= 0 : parts.inner > 0;
    if (against && !request.override)
      return refusal(10333, 'The instruction goes against the value of the option. Override is needed.');
    this.#open.set(request.conId, { conId: request.conId, action: request.action, quantity: request.quantity });
    return undefined;
  }

  /** Removes all instructions to exercise and returns them for execution. */
  exercised(): readonly Exercise[] {
    const due = [...this.#open.values()].filter(({ action }) => action === 'exercise');
    for (const { conId } of due) this.#open.delete(conId);
    return due;
  }

  /** How many contracts of an expiring position lapse; removes the instruction. */
  lapsed({ conId }: GatewayContract): number {
    const exercise = this.#open.get(conId);
    if (exercise) this.#open.delete(conId);
    return exercise?.action === 'lapse' ? exercise.quantity : 0;
  }
}

/** The points that the positions of a seed have reached: reported by the actors, and read from the gateway's journal. */

import type { JournalEntry } from 'ib-gateway';
import { isProtective, parseOrderRef } from 'legwork';
import { NIGHT_MOMENTS, type TriggerPoint } from './plan.js';

export class Triggers {
  readonly #reached = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Step of the entry and order ids seen, by position. */
  readonly #entrySteps = new Map<number, number>();
  readonly #frames = new Map<number, number>();

  /** `positionOf` finds the number of a planned position by its stored id. */
  constructor(private readonly positionOf: (positionId: string) => number | undefined) {}

  reach(position: number, moment: TriggerPoint | 'over'): void {
    const key = `${position} ${moment}`;
    if (this.#reached.has(key)) return;
    this.#reached.set(key, Date.now());
    for (const wake of this.#waiting.get(key) ?? []) wake();
    this.#waiting.delete(key);
  }

  /** Wall ms at which a point was reached. */
  at(position: number, moment: TriggerPoint | 'over'): number | undefined {
    return this.#reached.get(`${position} ${moment}`);
  }

  /** True when the point is reached, false when the position is over without it; those of a night come in any case. */
  async wait(position: number, moment: TriggerPoint): Promise<boolean> {
    const over = (NIGHT_MOMENTS as readonly string[]).includes(moment) ? [] : [this.#reaching(position, 'over')];
    await Promise.race([this.#reaching(position, moment), ...over]);
    return this.at(position, moment) !== undefined;
  }

  /** Takes the entries of the journal. */
  read(entries: readonly JournalEntry[]): void {
    for (const { dir, type, fields } of entries) {
      const ref = parseOrderRef(String(fields.orderRef ?? ''));
      const position = ref && this.positionOf(ref.positionId);
      if (ref === undefined || position === undefined) continue;
      // What rests is neither the entry nor the exit; its fill ends the position as one.
      if (dir === 'in' && type === 'PLACE_ORDER' && fields.whatIf !== true && !isProtective(ref.role)) {
        this.#sent(position, ref.step, Number(fields.orderId));
      }
      if (dir === 'out' && type === 'EXECUTION_DATA') {
        const entering = ref.step === this.#entrySteps.get(position) && !isProtective(ref.role);
        this.reach(position, entering ? 'entry-filled' : 'exit-filled');
      }
    }
  }

  #sent(position: number, step: number, orderId: number): void {
    if (!this.#entrySteps.has(position)) this.#entrySteps.set(position, step);
    const side = step === this.#entrySteps.get(position) ? 'entry' : 'exit';
    const frames = (this.#frames.get(orderId) ?? 0) + 1;
    this.#frames.set(orderId, frames);
    this.reach(position, frames === 1 ? `${side}-sent` : `${side}-repriced`);
  }

  #reaching(position: number, moment: TriggerPoint | 'over'): Promise<void> {
    const key = `${position} ${moment}`;
    if (this.#reached.has(key)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]));
  }
}

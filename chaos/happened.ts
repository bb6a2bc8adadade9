/** What people, the broker and other owners did in a seed beside the entries: each with what it came to. Wall ms. */
import type { PendingRequest } from 'legwork';

/** A command of a person. */
export interface Command {
  readonly name: 'close' | 'reduce' | 'roll' | 'exercise';
  readonly requestId: string;
  readonly positionId: string;
  /** Its run; empty: it was answered at once. */
  readonly workflowId: string;
}

/** Something that no order of ours did. */
export interface OutsideChange {
  readonly name: 'hand-close' | 'hand-part' | 'hand-leg' | 'assign' | 'liquidate';
  readonly positionId: string;
  readonly at: number;
}

/** Contracts or shares that came or went without an execution, signed; market ms. */
export interface Move {
  readonly conId: number;
  readonly quantity: number;
  readonly at: number;
}

export class Happened {
  readonly commands: Command[] = [];
  readonly outside: OutsideChange[] = [];
  readonly moves: Move[] = [];
  /** Positions that were held while what they hold expired. */
  readonly expired: string[] = [];

  command(name: Command['name'], positionId: string, asked: PendingRequest<unknown>): void {
    const { id: requestId, workflowId } = asked;
    if (this.commands.some((one) => one.requestId === requestId)) return;
    this.commands.push({ name, requestId, positionId, workflowId });
  }
}

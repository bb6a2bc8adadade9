/** Every name that a run has no handler of its own for: messages between workflows, and what people send to the wrong run. */
import {
  defineSignal,
  getExternalWorkflowHandle,
  patched,
  type SignalDefinition,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import { betweenWorkflows } from '../contract/messages.js';
import { ANSWER_MESSAGES } from '../contract/patches.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';

export const BETWEEN_WORKFLOWS = 'Between workflows; not for people.';

/**
 * Handles the message between workflows under its listed name and its old one, and gives every other to `other`. Called after all other
 * handlers are set: whatever has come already is handed out at once.
 */
export function handleOthers<T>(
  between: SignalDefinition<[T]>,
  handle: (message: T) => void,
  other: (name: string, args: readonly unknown[]) => void,
): void {
  setHandler(defineSignal<[T]>(betweenWorkflows(between.name)), handle, { description: BETWEEN_WORKFLOWS });
  setDefaultSignalHandler((name, ...args) => {
    if (name === between.name) handle(args[0] as T);
    else if (patched(ANSWER_MESSAGES)) other(name, args);
  });
}

/** A person took the run of an entry or an exit for its position: what they send goes on to the position, which acts or answers. */
export class PassedOn {
  private readonly waiting: { readonly name: string; readonly args: readonly unknown[] }[] = [];
  private positionId: string | undefined;

  take(name: string, args: readonly unknown[]): void {
    if (this.positionId === undefined) this.waiting.push({ name, args });
    else this.send(name, args);
  }

  /** The position has its run: what waits goes to it, and what comes from now on. */
  to(positionId: string): void {
    this.positionId = positionId;
    for (const { name, args } of this.waiting.splice(0)) this.send(name, args);
  }

  /** A sentence for what was not passed on, since no position was started; empty when nothing waits. */
  get left(): string {
    const names = this.waiting.map(({ name }) => JSON.stringify(name)).join(', ');
    return names === '' ? '' : `Not passed on, since no position was started: ${names}.`;
  }

  private send(name: string, args: readonly unknown[]): void {
    const workflowId = positionWorkflowId(this.positionId ?? '');
    getExternalWorkflowHandle(workflowId)
      .signal(name, ...args)
      .catch(() => setCurrentDetails(`${JSON.stringify(name)} was not delivered: ${workflowId} has no run any more.`));
  }
}

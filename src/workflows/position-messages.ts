/**
 * Signals and updates of a position. Handlers are synchronous, only enqueue, and throw nothing. A signal has no caller to answer: what is
 * wrong with one is attention.
 */
import {
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  patched,
  setDefaultUpdateHandler,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { exitCommand } from '../contract/exit-command.js';
import {
  MESSAGE_NAMES,
  type MessageName,
  POSITION_MESSAGES,
  type PositionMessage,
  readMessage,
  unknownMessage,
} from '../contract/message-input.js';
import {
  type Accepted,
  cancelOpeningSignal,
  changedSignal,
  type OpeningSettled,
  openingSettledSignal,
} from '../contract/messages.js';
import { ANSWER_MESSAGES } from '../contract/patches.js';
import type { ExitCommand } from '../contract/requests.js';
import { defined } from '../domain/defined.js';
import { wasTakenBefore } from './messages-before.js';
import { BETWEEN_WORKFLOWS, handleOthers } from './other-messages.js';

/** What the handlers may touch. */
export interface MessageSink {
  /** `named`: the requester chose the id; without, an equal command is joined. */
  put(command: ExitCommand, named: boolean): Accepted;
  setPaused(paused: boolean, requestId: string): Accepted;
  refreshRules(requestId: string): Accepted;
  openingSettled(message: OpeningSettled): void;
  /** The entry was cancelled. */
  cancelOpening(reason: string): void;
  /** Something of the position has changed while its run may sleep. */
  changed(): void;
  /** A message was accepted: what was wrong with an earlier one is over. */
  accepted(): void;
  /** The sentence that says why nothing is done about a message. */
  refused(reason: string): void;
}

/** Registers every handler; called synchronously at the top of the workflow, when the sink is ready. */
export function registerMessages(sink: MessageSink): void {
  for (const name of MESSAGE_NAMES) {
    const { description } = POSITION_MESSAGES[name];
    setHandler(defineSignal<unknown[]>(name), (...args) => receive(sink, name, args), { description });
    setHandler(
      defineUpdate<Accepted, unknown[]>(name),
      (...args) => {
        const read = readMessage(name, args);
        // What a release before has accepted is replayed as it was.
        return act(sink, name, 'message' in read ? read.message : (args[0] as PositionMessage));
      },
      {
        description,
        validator: (...args) => {
          const read = readMessage(name, args);
          if ('wrong' in read) throw ApplicationFailure.nonRetryable(read.wrong, 'INVALID_INPUT');
        },
      },
    );
  }
  setDefaultUpdateHandler((name) => {
    throw ApplicationFailure.nonRetryable(unknownMessage(name), 'INVALID_INPUT');
  });
  setHandler(cancelOpeningSignal, ({ reason }) => sink.cancelOpening(reason), { description: BETWEEN_WORKFLOWS });
  setHandler(changedSignal, () => sink.changed(), { description: BETWEEN_WORKFLOWS });
  handleOthers(
    openingSettledSignal,
    (message) => sink.openingSettled(message),
    (name) => sink.refused(`A message was not acted on. ${unknownMessage(name)}`),
  );
}

function receive(sink: MessageSink, name: MessageName, args: readonly unknown[]): void {
  const read = readMessage(name, args);
  const before = wasTakenBefore(name, args[0]);
  if (before && 'message' in read) act(sink, name, read.message);
  else if (!patched(ANSWER_MESSAGES)) {
    if (before) act(sink, name, args[0] as PositionMessage);
  } else if ('message' in read) act(sink, name, read.message);
  else sink.refused(`The message ${name} was not acted on. ${read.wrong}`);
}

function act(sink: MessageSink, name: MessageName, message: PositionMessage): Accepted {
  const { requestId = uuid4() } = message;
  sink.accepted();
  switch (name) {
    case 'pause':
    case 'resume':
      return sink.setPaused(name === 'pause', requestId);
    case 'updateRules':
      return sink.refreshRules(requestId);
    default:
      return sink.put(command(ACTIONS[name], requestId, message), message.requestId !== undefined);
  }
}

const ACTIONS = { close: 'CLOSE', reduce: 'REDUCE', roll: 'ROLL' } as const;

function command(action: ExitCommand['action'], requestId: string, message: PositionMessage): ExitCommand {
  const { urgency, rule, pricing, overrideHalt, replyTo, ratio, dte, orClose } = message;
  const reason = 'Requested by a person.';
  const asked = exitCommand({ requestId, action, urgency, rule, reason, by: 'person', pricing, overrideHalt, replyTo });
  if (action === 'REDUCE') return { ...asked, ...defined({ ratio }) };
  return action === 'ROLL' ? { ...asked, ...defined({ dte, orClose }) } : asked;
}

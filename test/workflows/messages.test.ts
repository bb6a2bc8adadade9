/**
 * What people send to a position, from the Web UI, the `temporal` command or any client: names as text, inputs as JSON. Each is acted on,
 * or answered with attention that says what is allowed; none is silent, and the position goes on.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import fc from 'fast-check';
import { MESSAGE_NAMES, POSITION_MESSAGES, readMessage } from '../../src/contract/message-input.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { entryWorkflowId, exitWorkflowId, positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { isWhole } from '../support/whole.js';
import type { Script } from './support/desk.js';
import { gate } from './support/gate.js';
import { decided, entryInput, exitInput, ruleCommand } from './support/requests.js';
import { startServer } from './support/server.js';

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer();
afterAll(() => server.stop());

const positionOf = (id: string) => server.client.workflow.getHandle(positionWorkflowId(id));
const send = (id: string, name: string, args: readonly unknown[]) => positionOf(id).signal(name, ...args);

/** The signal as bytes on the wire, which no client library has looked at. */
async function sendRaw(id: string, signalName: string, encoding: string, data: string): Promise<void> {
  const payload = { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) };
  await server.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: positionWorkflowId(id) },
    signalName,
    input: { payloads: [payload] },
  });
}

/** Whether a timer lies between each signal and the attention about it: what it waits for then is work, such as the write of the one before. */
async function timersBefore(handle: WorkflowHandle): Promise<readonly number[]> {
  const events = (await handle.fetchHistory()).events ?? [];
  return events.flatMap(({ workflowExecutionSignaledEventAttributes: signal }, at) => {
    if (signal == null) return [];
    const raised = events.findIndex(
      ({ activityTaskScheduledEventAttributes: activity }, index) =>
        index > at && activity?.activityType?.name === 'setAttention',
    );
    return [
      events.slice(at, raised).filter(({ timerFiredEventAttributes }) => timerFiredEventAttributes != null).length,
    ];
  });
}

interface Metadata {
  readonly currentDetails?: string;
  readonly definition?: {
    readonly signalDefinitions?: readonly { readonly name?: string; readonly description?: string }[];
    readonly updateDefinitions?: readonly { readonly name?: string; readonly description?: string }[];
  };
}
const metadataOf = (workflowId: string) =>
  server.client.workflow.getHandle(workflowId).query<Metadata>('__temporal_workflow_metadata');

const said = (script: Script) => script.inputs('setAttention').map(({ reason }) => reason);

describe('acted on', () => {
  const WALK = { urgency: 'HIGH', pricing: { kind: 'walk' }, overrideHalt: false, by: 'person' };
  const table: readonly [string, readonly unknown[], object][] = [
    ['close', [], { action: 'CLOSE', rule: 'manual_close', ...WALK }],
    ['close', [null], { action: 'CLOSE', ...WALK }],
    ['close', [{}], { action: 'CLOSE', ...WALK }],
    ['close', [{ urgency: 'immediate', requestId: null }], { action: 'CLOSE', urgency: 'IMMEDIATE' }],
    ['close', [{ urgency: 'Normal', requestId: 7 }], { requestId: '7', urgency: 'NORMAL' }],
    ['close', [{ price: 1.25 }], { pricing: { kind: 'limit', price: '1.25' } }],
    ['close', [{ price: '1.25DB' }], { pricing: { kind: 'limit', price: '1.25', side: 'debit' } }],
    ['close', [{ pricing: { kind: 'limit', price: 1.25 } }], { pricing: { kind: 'limit', price: '1.25' } }],
    ['close', [{ pricing: 'Market', overrideHalt: 'TRUE' }], { pricing: { kind: 'market' }, overrideHalt: true }],
    ['reduce', [], { action: 'REDUCE', ratio: 0.5, ...WALK }],
    ['reduce', [{}], { action: 'REDUCE', ratio: 0.5 }],
    ['reduce', [{ ratio: '0.25' }], { action: 'REDUCE', ratio: 0.25 }],
    ['roll', [], { action: 'ROLL', ...WALK }],
    ['roll', [{ dte: 60 }], { action: 'ROLL', dte: 60 }],
    ['roll', [{ dte: '60', orClose: 'True' }], { action: 'ROLL', dte: 60, orClose: true }],
  ];
  test.concurrent.each(table.map((row, at) => [...row, at] as const))(
    'signal %s %j',
    async (name, args, command, at) => {
      const { script } = await server.opened(`acted-${at}`, { combos: 4 });
      script.on('planExit', () => ({ kind: 'nothing', result: 'ALREADY_CLOSED', reason: 'seen' }));
      await send(script.positionId, name, args);
      await script.called('planExit');
      expect(script.inputs('planExit')[0]?.command).toMatchObject(command);
      expect(script.inputs('planExit')[0]?.command.requestId).toMatch(/^.{1,100}$/);
      expect(said(script)).toEqual([]);
      await positionOf(script.positionId).terminate();
    },
  );

  test.concurrent('pause, resume and updateRules with no input and with {}, as signals and as updates', async () => {
    const { script } = await server.opened('acted-pause');
    const position = positionOf('acted-pause');
    await position.signal('pause');
    await script.until(() => script.inputs('setPaused').at(-1)?.paused === true, 'the pause');
    await position.signal('resume', {});
    await script.until(() => script.inputs('setPaused').at(-1)?.paused === false, 'the resume');
    expect(await position.executeUpdate('pause')).toMatchObject({ joined: false });
    expect(await position.executeUpdate('pause', { args: [{}] })).toMatchObject({ joined: true });
    const watches = script.count('watchPosition');
    await position.signal('updateRules');
    await script.called('watchPosition', watches + 1);
    await script.called('setPaused', 4);
    expect(new Set(script.inputs('setPaused').map(({ requestId }) => requestId)).size).toBe(4);
    await position.terminate();
  });

  test.concurrent('a close without input from an update, to the end', async () => {
    const { script, handle } = await server.opened('acted-update');
    const { requestId } = await positionOf('acted-update').executeUpdate<{ requestId: string }, []>('close');
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'manual_close' });
    expect(script.outcomes.get(requestId)).toMatchObject({ result: 'CLOSED' });
  });
});

describe('answered with attention', () => {
  const DEEP = { a: Array.from({ length: 40 }, (_, at) => ({ at })) };
  const table: readonly [string, readonly unknown[], RegExp][] = [
    ['close', [{ urgency: 'soon' }], /urgency: "soon" is not allowed; expected one of IMMEDIATE, HIGH, NORMAL, LOW/],
    ['close', [{ urgency: 1 }], /urgency: 1 is not allowed/],
    ['close', [{ urgencey: 'high' }], /field: "urgencey" is not allowed; expected urgency\./],
    [
      'close',
      ['immediate'],
      /input: "immediate" is not allowed; expected none, or a JSON object.*"urgency": "immediate"/,
    ],
    ['close', [[1, 2]], /input: \[1,2\] is not allowed/],
    ['close', [DEEP], /field: "a" is not allowed; expected the fields of close/],
    ['close', [{}, {}], /input: "2 values" is not allowed; expected none, or one JSON object/],
    ['close', [{ price: 'cheap' }], /price: "cheap" is not allowed; expected a net price per share such as "1.25"/],
    ['close', [{ price: -1.25 }], /price: -1.25 is not allowed/],
    ['close', [{ pricing: { kind: 'limit' } }], /pricing.price: nothing is not allowed/],
    ['close', [{ pricing: { kind: 'limit', price: 1e-7 } }], /pricing.price: 1e-7 is not allowed/],
    ['close', [{ pricing: { kind: 'stop' } }], /pricing: "stop" is not allowed; expected one of walk, market, limit/],
    ['close', [{ price: 1, pricing: 'walk' }], /price and pricing: "both" is not allowed/],
    ['close', [{ requestId: 'a\u0000b' }], /requestId: "a\\u0000b" is not allowed/],
    ['close', [{ requestId: 'x'.repeat(101) }], /requestId: "x+\.\.\." is not allowed; expected a text of 1 to 100/],
    ['close', [{ replyTo: '' }], /replyTo: "" is not allowed; expected the id of a workflow/],
    ['close', [{ overrideHalt: 'maybe' }], /overrideHalt: "maybe" is not allowed; expected true or false/],
    ['close', [{ ratio: 0.5 }], /field: "ratio" is not allowed/],
    ['reduce', [{ ratio: 7 }], /ratio: 7 is not allowed; expected a number above 0 and below 1/],
    ['reduce', [{ ratio: 'half' }], /ratio: "half" is not allowed/],
    ['roll', [60], /input: 60 is not allowed; expected none, or a JSON object.*"dte": 60/],
    ['roll', [{ dte: 1.5 }], /dte: 1.5 is not allowed; expected a whole number of days from 1 to 1000/],
    ['roll', [{ dte: '' }], /dte: "" is not allowed/],
    ['pause', [{ urgency: 'high' }], /field: "urgency" is not allowed/],
    ['resume', ['now'], /input: "now" is not allowed/],
    ['Close', [], /message: "Close" is not allowed; expected close, as it is written here\..*"urgency": "immediate"/],
    ['close ', [{}], /message: "close" is not allowed; expected close, as it is written here/],
    ['reduse', [{ ratio: 0.5 }], /message: "reduse" is not allowed; expected reduce/],
    [
      'exercise',
      [{}],
      /message: "exercise" is not allowed; expected one of close, reduce, roll, pause, resume, updateRules/,
    ],
    ['', [], /message: "" is not allowed/],
    ['a\u0000b', [], /message: "a\\u0000b" is not allowed/],
    ['__temporal_close', [], /message: "__temporal_close" is not allowed/],
    ['n'.repeat(900), [], /message: "n+\.\.\." is not allowed/],
  ];

  test.concurrent('signals', async () => {
    const { script, handle } = await server.opened('wrong', { combos: 4 });
    for (const [name, args, sentence] of table) {
      const before = script.count('setAttention');
      await send('wrong', name, args).catch((error: unknown) => {
        // A client that is refused by the server itself has heard.
        if (name !== '') throw error;
      });
      if (name === '') continue;
      const sent = performance.now();
      await script.called('setAttention', before + 1);
      expect({ name, reason: said(script).at(-1) }).toEqual({ name, reason: expect.stringMatching(sentence) });
      if (isWhole) expect(performance.now() - sent).toBeLessThan(5_000);
    }
    expect(await timersBefore(handle)).toEqual(Array.from({ length: table.length - 1 }, () => 0));
    const { currentDetails } = await metadataOf(handle.workflowId);
    expect(currentDetails).toMatch(/\*\*Attention:\*\* .*n+\.\.\..* is not allowed/);
    expect(script.count('planExit')).toBe(0);
    // It is evaluated on, and what is accepted ends the attention.
    await send('wrong', 'pause', []);
    await script.until(() => said(script).at(-1) === null, 'the end of the attention');
    expect((await metadataOf(handle.workflowId)).currentDetails).not.toMatch(/Attention/);
    script.watchSays(decided(ruleCommand('CLOSE', 'stop_loss_hard')));
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'stop_loss_hard' });
  });

  test.concurrent('updates hear the same sentence, and raise none', async () => {
    const { script, handle } = await server.opened('wrong-update', { combos: 4 });
    for (const [name, args, sentence] of table.filter(([name]) => !name.startsWith('__') && name !== '')) {
      const error: unknown = await positionOf('wrong-update')
        .executeUpdate(name, { args: [...args] as [] })
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      if (!(error instanceof WorkflowUpdateFailedError))
        throw new Error(`${name} ${JSON.stringify(args)}: ${String(error)}`);
      expect(error.cause).toMatchObject({ type: 'INVALID_INPUT', message: expect.stringMatching(sentence) });
    }
    expect(script.count('setAttention')).toBe(0);
    await handle.terminate();
  });

  test.concurrent.each([
    ['json/plain', '{"urgency": '],
    ['json/plain', 'immediate'],
    ['binary/plain', '{}'],
    ['binary/encrypted', 'xyz'],
    ['json/protobuf', '{}'],
    ['', '{}'],
  ])('bytes as %s: %s', async (encoding, data) => {
    const { script, handle } = await server.opened(`bytes-${encoding.replace('/', '-')}-${data.length}`);
    await sendRaw(script.positionId, 'close', encoding, data);
    await script.called('setAttention');
    expect(said(script)[0]).toMatch(/The message close was not acted on. input: .* expected none, or a JSON object/);
    script.watchSays(decided(ruleCommand('CLOSE', 'stop_loss_hard')));
    expect(await handle.result()).toMatchObject({ rule: 'stop_loss_hard' });
  });

  test.concurrent('an empty payload, as some clients send for no input, closes', async () => {
    const { handle } = await server.opened('bytes-none');
    await sendRaw('bytes-none', 'close', 'json/plain', '');
    expect(await handle.result()).toMatchObject({ rule: 'manual_close' });
  });

  test.concurrent('whatever JSON comes under whatever name', async () => {
    const { script, handle } = await server.opened('any', { combos: 4 });
    const seed = Date.now() % 100_000;
    const name = fc.oneof(
      fc.constantFrom(...MESSAGE_NAMES),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    );
    const wrong = fc
      .sample(fc.tuple(name, fc.jsonValue()), { seed, numRuns: 30 })
      .filter(
        ([one, input]) => !MESSAGE_NAMES.includes(one as 'close') || 'wrong' in readMessage(one as 'close', [input]),
      );
    for (const [one, input] of wrong) {
      const before = script.count('setAttention');
      await send('any', one, [input]);
      await script.until(
        () => script.count('setAttention') > before,
        `an answer to ${JSON.stringify([one, input])}, seed ${seed}`,
      );
    }
    script.watchSays(decided(ruleCommand('CLOSE', 'stop_loss_hard')));
    expect(await handle.result()).toMatchObject({ rule: 'stop_loss_hard' });
  });

  test.concurrent.each([
    ['REFUSED', 'RISK_REFUSED', 'One combo is open'],
    ['NO_ACTION', undefined, 'The shares are left to a person'],
  ] as const)('a request that comes to %s, of which nobody would hear', async (result, code, reason) => {
    const { script, handle } = await server.opened(`unheard-${reason.length}`);
    script.on('planExit', () => ({ kind: 'nothing', result, reason, ...(code && { code }) }));
    await send(script.positionId, 'reduce', []);
    await script.called('setAttention');
    expect(said(script)[0]).toBe(`The request to reduce was not carried out: ${reason}`);
    await script.until(() => script.count('watchPosition') > 1, 'the next watch');
    // One that a command waits for is answered there.
    await server.exit(script.positionId, 'REDUCE', { ratio: 0.25 });
    expect(said(script).filter((text) => text !== null)).toHaveLength(1);
    await handle.terminate();
  });
});

describe('two clicks', () => {
  test.concurrent('reduce once: while it waits, while it works, and after it has ended', async () => {
    const { script, handle } = await server.opened('clicks', { combos: 8 });
    const working = gate();
    script.on('followOrder', async (_, nth, standard) => {
      if (nth === 2) await working.passed();
      return await standard();
    });
    const position = positionOf('clicks');
    await position.signal('reduce');
    await position.signal('reduce', {});
    await script.called('followOrder', 2);
    expect(await position.executeUpdate('reduce', { args: [{ ratio: '0.5' }] })).toMatchObject({ joined: true });
    working.open();
    await script.until(() => script.outcomes.size === 1, 'the reduction');
    const [requestId] = [...script.outcomes.keys()];
    expect(await position.executeUpdate('reduce')).toEqual({ requestId, joined: true });
    expect(script.openCombos).toBe(4);
    // Another share is another request, and so is an id of one's own.
    await position.executeUpdate('reduce', { args: [{ ratio: 0.25 }] });
    await script.until(() => script.outcomes.size === 2, 'the other share');
    await position.executeUpdate('reduce', { args: [{ requestId: 'mine' }] });
    await script.until(() => script.outcomes.has('mine'), 'the one with an id');
    expect(script.openCombos).toBe(2);
    await handle.terminate();
  });

  test.concurrent('a reduction that was refused is tried again', async () => {
    const { script, handle } = await server.opened('clicks-refused', { combos: 4 });
    script.on('planExit', async (_, nth, standard) =>
      nth === 1 ? { kind: 'nothing', result: 'REFUSED', reason: 'not now', code: 'RISK_REFUSED' } : await standard(),
    );
    await send('clicks-refused', 'reduce', []);
    await script.called('setAttention');
    await send('clicks-refused', 'reduce', []);
    await script.until(() => script.openCombos === 2, 'the reduction');
    await handle.terminate();
  });
});

describe('to the wrong run', () => {
  test.concurrent('what people send to an entry or an exit goes on to the position', async () => {
    const script = server.desk.position('passed', { combos: 4 });
    server.desk.entry('entry-passed', script);
    const filling = gate();
    script.on('followOrder', async (_, nth, standard) => {
      if (nth === 1) await filling.passed();
      return await standard();
    });
    const entry = await server.client.workflow.start('entryWorkflow', {
      workflowId: entryWorkflowId('entry-passed'),
      taskQueue: WORKFLOW_QUEUE,
      args: [entryInput('entry-passed')],
    });
    await script.called('followOrder');
    await entry.signal('Close');
    await script.called('setAttention');
    expect(said(script)[0]).toMatch(/"Close" is not allowed; expected close/);
    filling.open();
    expect(await entry.result()).toMatchObject({ status: 'OPENED' });
    await script.called('watchPosition');
    const leaving = gate();
    script.on('planExit', async (_, nth, standard) => {
      if (nth === 1) await leaving.passed();
      return await standard();
    });
    const exit = await server.client.workflow.start('exitWorkflow', {
      workflowId: exitWorkflowId('r-passed'),
      taskQueue: WORKFLOW_QUEUE,
      args: [exitInput('passed', 'r-passed', 'REDUCE', { ratio: 0.25 })],
    });
    await script.called('planExit');
    await exit.signal('close');
    leaving.open();
    expect(await positionOf('passed').result()).toMatchObject({ status: 'CLOSED', rule: 'manual_close' });
  });
});

test('each handler says what it takes, in JSON that it takes; messages between workflows are named apart', async () => {
  const { handle } = await server.opened('described');
  const { definition } = await metadataOf(handle.workflowId);
  const signals = new Map(
    definition?.signalDefinitions?.map(({ name, description }) => [name ?? '', description ?? '']),
  );
  expect([...signals.keys()].sort()).toEqual(
    ['_openingSettled', '_cancelOpening', '_changed', ...MESSAGE_NAMES].sort(),
  );
  for (const name of MESSAGE_NAMES) {
    expect(signals.get(name)).toBe(POSITION_MESSAGES[name].description);
    for (const [json] of POSITION_MESSAGES[name].description.matchAll(/\{.*?\}/g))
      expect(readMessage(name, [JSON.parse(json)])).toHaveProperty('message');
  }
  expect(definition?.updateDefinitions?.map(({ name }) => name).sort()).toEqual([...MESSAGE_NAMES].sort());
  await handle.terminate();
});

/** A position's life beside its orders: messages, cancellation, sessions, failing watches. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeSignal } from '../../src/contract/messages.js';
import { startServer, type TestServer } from './support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test('opens, watches, closes by message', async () => {
  const script = server.desk.position('spy-plain');
  const handle = await server.start(script);
  await script.called('watchPosition');
  await handle.signal(closeSignal, { requestId: 'one' });
  expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'manual_close' });
  expect(script.outcomes.get('one')).toMatchObject({ result: 'CLOSED', filledCombos: 2, openCombos: 0 });
});

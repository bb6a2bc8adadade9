/** 50: a gateway that accepts connections before it is ready, as after its nightly restart. */
import { EventName, IBApi } from '@stoqey/ib';
import { connectClient, type Fixture, startFixture } from '../protocol/support/fixture.js';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture.gateway.close());

/** The first error of a connection, and that it ended without a session. */
async function attempt(): Promise<{ code: number | undefined; ready: boolean }> {
  const api = new IBApi({ host: '127.0.0.1', port: fixture.gateway.port, clientId: 5 });
  let code: number | undefined;
  let ready = false;
  api.on(EventName.error, (_, number) => {
    code ??= number;
  });
  api.on(EventName.nextValidId, () => {
    ready = true;
  });
  const ended = new Promise<void>((resolve) => api.on(EventName.disconnected, () => resolve()));
  api.connect();
  await ended;
  return { code, ready };
}

it('50: answers with an unsupported version: the client reports 506 and has no session', async () => {
  fixture.gateway.fault({ kind: 'badHandshake', n: 2 });
  expect(await attempt()).toEqual({ code: 506, ready: false });
  expect(await attempt()).toEqual({ code: 506, ready: false });
  const client = await connectClient(fixture.gateway.port, 5);
  client.close();
});

it('50: ends the connection after the greeting', async () => {
  fixture.gateway.fault({ kind: 'badHandshake', how: 'ends' });
  expect(await attempt()).toEqual({ code: undefined, ready: false });
  const client = await connectClient(fixture.gateway.port, 5);
  client.close();
});

/** Alerts by e-mail, at a real SMTP server. */
import { rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { settingsSchema } from '../../src/config/schema.js';
import type { Urgency } from '../../src/domain/rules/decision.js';
import { type AlertChannel, channelsOf } from '../../src/outbound/alert-channels.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { openStore, type Store } from '../../src/store/index.js';
import { startAlertSender } from '../../src/worker/alert-sender.js';
import { legwork } from '../client/support.js';
import { startTestPostgres } from '../support/postgres.js';

const dir = temporaryFolder('mail');
const received: string[] = [];
/** Answers of the server to the next messages, by code; then it takes them. */
let answers: number[] = [];
let refusedWord: string | undefined;
let server: SMTPServer;
let store: Store;
let channel: AlertChannel;
let smtpUrl: string;
let stopPostgres: () => Promise<void>;

beforeAll(async () => {
  const postgres = await startTestPostgres(join(dir, 'postgres'));
  stopPostgres = () => postgres.stop();
  store = openStore({ url: postgres.url });
  await store.migrate();
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'desk' && password === 'right' ? done(null, { user: username }) : done(new Error('wrong password')),
    onData: (stream, _session, done) => {
      let text = '';
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => {
        const code = refusedWord !== undefined && text.includes(refusedWord) ? 554 : answers.shift();
        if (code !== undefined) return done(Object.assign(new Error('not now'), { responseCode: code }));
        received.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  smtpUrl = `smtp://desk:right@127.0.0.1:${port}`;
  channel = mailbox(smtpUrl);
});
afterAll(async () => {
  await store.close();
  await stopPostgres();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  received.length = 0;
  answers = [];
  refusedWord = undefined;
});

const ADDRESSES = { from: 'legwork@example.org', to: ['desk@example.org', 'night@example.org'] };

function mailbox(url: string, severities?: readonly Urgency[]): AlertChannel {
  const email = { smtpUrl: url, ...ADDRESSES, ...(severities && { severities }) };
  const [found] = channelsOf(settingsSchema.parse({ alerts: { email } }).alerts);
  if (found === undefined) throw new Error('no channel');
  return found;
}

function raise(rule: string, severity: Urgency = 'HIGH') {
  return store.alerts.raise({
    type: 'WARNING',
    severity,
    title: 'Close position',
    message: `The loss of ${rule} is above the limit. Close it with: legwork close.`,
    rule,
    symbol: 'SPY',
    metadata: {},
    createdAt: Date.now(),
  });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about within 60 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const ruleIn = (text: string) => /^Rule: (\w+)/m.exec(text)?.[1];

/** Runs a sender until nothing is due any more, but for the rules that stay refused. */
async function deliver(by: AlertChannel, staysRefused = 0): Promise<void> {
  const sender = startAlertSender({
    store,
    channel: by,
    holder: 'a-test',
    log: () => undefined,
    patienceMs: { first: 50, most: 200 },
    answerMs: 5_000,
  });
  const { name, severities } = by;
  await until(
    async () => (await store.deliveries.due({ name, severities, repeatMs: 0, limit: 9 })).length <= staysRefused,
  );
  await sender.stop();
}

test('an alert of its severities is mailed once to all, with what it says; the webhook counts for itself', async () => {
  await raise('mailed');
  await raise('too_light', 'NORMAL');
  await deliver(channel);
  await deliver(channel);
  expect(received.map(ruleIn)).toEqual(['mailed']);
  const [text = ''] = received;
  expect(text).toMatch(/^Subject: \[HIGH\] Close position \(SPY\)\r?$/m);
  expect(text).toContain('The loss of mailed is above the limit.');
  for (const address of ADDRESSES.to) expect(text).toContain(address);
  const hook = { name: 'webhook', severities: ['NORMAL', 'HIGH'], repeatMs: 0, limit: 9 } as const;
  expect((await store.deliveries.due(hook)).map(({ rule }) => rule)).toEqual(['mailed', 'too_light']);
});

test('a busy server is tried again; a message that it refuses does not hold back the others', async () => {
  answers = [451, 421];
  await raise('busy');
  await deliver(channel);
  expect(received.map(ruleIn)).toEqual(['busy']);
  refusedWord = 'never_taken';
  await raise('never_taken', 'IMMEDIATE');
  await raise('behind_it');
  await deliver(channel, 1);
  expect(received.map(ruleIn)).toEqual(['busy', 'behind_it']);
});

test('legwork alerts test says whether the channel works, and shows no password', async () => {
  const env = { LEGWORK_SMTP_URL: smtpUrl };
  const cwd = temporaryFolder('mail-cwd');
  writeFileSync(
    join(cwd, 'legwork.yaml'),
    `alerts:\n  email:\n    from: ${ADDRESSES.from}\n    to: [${ADDRESSES.to}]\n`,
  );
  expect(await legwork(['alerts', 'test', 'email'], { env, cwd })).toMatchObject({
    status: 0,
    out: 'Delivered by email.\n',
  });
  expect(received.map(ruleIn)).toEqual(['channel_test']);
  const wrong = await legwork(['alerts', 'test', 'email'], {
    env: { LEGWORK_SMTP_URL: smtpUrl.replace('right', 'secret') },
    cwd,
  });
  expect(wrong).toMatchObject({
    status: 4,
    err: expect.stringMatching(/not delivered by email: the mail server answered: .*wrong password/),
  });
  expect(wrong.err).not.toContain('secret');
  const nobody = await legwork(['alerts', 'test', 'email'], { env: { LEGWORK_SMTP_URL: 'smtp://127.0.0.1:1' }, cwd });
  expect(nobody).toMatchObject({ status: 4, err: expect.stringContaining('ECONNREFUSED') });
  expect(await legwork(['alerts', 'test', 'pigeon'], { env, cwd })).toMatchObject({
    status: 2,
    err: 'channel: "pigeon" is not allowed; expected email.\n',
  });
  rmSync(cwd, { recursive: true });
});

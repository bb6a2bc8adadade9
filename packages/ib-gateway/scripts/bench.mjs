/**
 * How many ticks a second the simulated gateway streams to one client: `npm run bench -- gateway`.
 *
 * One client, a hundred option lines. Market time moves in steps of one second, as fast as the client takes their messages. So the
 * measurement covers the gateway alone: quotes with Greeks, encoding, journal and socket. The client is a plain socket that counts
 * frames. A second row lets the unmodified library @stoqey/ib decode them in the same process.
 *
 * Needs the built package (`npm run build`).
 */
import { connect } from 'node:net';
import Table from 'cli-table3';
import { startGateway } from '../dist/index.js';
import { createMarket, marketScenarioSchema } from '../dist/market/index.js';
import * as wire from '../dist/wire/frames.js';

const LINES = 100;
const SECONDS = 5;
const START = '2026-03-02T15:00:00Z';
/** Numbers of the messages that are ticks: price, size, option computation, generic, string. */
const TICKS = new Set(['1', '2', '21', '45', '46']);

/** Contract ids of the options nearest to the money, from the gateway's own list. */
async function optionIds() {
  const start = Date.parse(START);
  const market = createMarket({ seed: 3, start, scenario: marketScenarioSchema.parse({}) });
  const spy = market.find({ symbol: 'SPY', secType: 'STK' })[0];
  const spot = market.fairValue(spy.conId, start);
  const options = market.find({ symbol: 'SPY', secType: 'OPT', expiry: '20260417' }, start);
  options.sort((left, right) => Math.abs(left.strike - spot) - Math.abs(right.strike - spot));
  return options.slice(0, LINES).map((contract) => contract.conId);
}

/** A minimal client socket: requests its lines and counts ticks. */
async function socketClient(port, ids, wire) {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(60_000, () => socket.destroy(new Error('the gateway is silent')));
  const reader = new wire.FrameReader(1 << 26);
  const seen = { ticks: 0, bytes: 0, times: 0, ready: false };
  socket.on('data', (chunk) => {
    seen.bytes += chunk.length;
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const id = frame.toString('latin1', 0, frame.indexOf(0));
      if (TICKS.has(id)) seen.ticks += 1;
      else if (id === '49') seen.times += 1;
      else if (id === '9') seen.ready = true;
    }
  });
  const range = Buffer.from('v100..193');
  socket.write(Buffer.concat([Buffer.from('API\0'), Buffer.from([0, 0, 0, range.length]), range]));
  socket.write(wire.frameOf(['71', '2', '1', '']));
  await until(() => seen.ready);
  for (const [index, id] of ids.entries()) {
    const contract = [String(id), '', '', '', '', '', '', 'SMART', '', '', '', ''];
    socket.write(wire.frameOf(['1', '11', String(1_000 + index), ...contract, '0', '100,101', '0', '0', '']));
  }
  const settle = async () => {
    const { times } = seen;
    socket.write(wire.frameOf(['49', '1']));
    await until(() => seen.times > times);
  };
  return { seen, settle, close: () => socket.destroy() };
}

/** The library that many bots use; it emits an event for each tick. */
async function libraryClient(port, ids) {
  const { EventName, IBApi } = (await import('@stoqey/ib')).default;
  const api = new IBApi({ host: '127.0.0.1', port, clientId: 2, maxReqPerSec: 10_000 });
  const seen = { ticks: 0, bytes: 0, times: 0 };
  const count = () => {
    seen.ticks += 1;
  };
  // A price tick is one message and two events. Only its price event is counted, and size events only when they come
  // alone.
  for (const name of ['tickPrice', 'tickOptionComputation', 'tickGeneric', 'tickString'])
    api.on(EventName[name], count);
  api.on(EventName.currentTime, () => {
    seen.times += 1;
  });
  api.on(EventName.error, () => undefined);
  const ready = new Promise((resolve) => api.once(EventName.nextValidId, resolve));
  api.connect();
  await ready;
  for (const [index, id] of ids.entries())
    api.reqMktData(1_000 + index, { conId: id, exchange: 'SMART' }, '100,101', false, false);
  const settle = async () => {
    const { times } = seen;
    api.reqCurrentTime();
    await until(() => seen.times > times);
  };
  return { seen, settle, close: () => api.disconnect() };
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Streams for some seconds of wall time and returns the row of the table. */
async function measure(name, open) {
  const gateway = await startGateway({ port: 0, seed: 3, stepped: true, start: START });
  const client = await open(gateway.port);
  try {
    await client.settle();
    // The first steps fill caches and let the compiler warm up.
    for (let step = 0; step < 20; step += 1) gateway.advance(gateway.now() + 1_000);
    await client.settle();
    const { ticks, bytes } = client.seen;
    const begun = performance.now();
    let steps = 0;
    while (performance.now() - begun < SECONDS * 1_000) {
      gateway.advance(gateway.now() + 1_000);
      steps += 1;
      await client.settle();
    }
    const seconds = (performance.now() - begun) / 1_000;
    const rate = (client.seen.ticks - ticks) / seconds;
    const megabytes = (client.seen.bytes - bytes) / seconds / 1e6;
    return [name, LINES, Math.round(steps / seconds), Math.round(rate), megabytes > 0 ? megabytes.toFixed(2) : '-'];
  } finally {
    client.close();
    await gateway.close();
  }
}

async function run() {
  const ids = await optionIds();
  const table = new Table({
    head: ['client', 'lines', 'market seconds a second', 'ticks a second', 'MB a second'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  const rows = [
    await measure('plain socket', (port) => socketClient(port, ids, wire)),
    await measure('@stoqey/ib in the same process', (port) => libraryClient(port, ids)),
  ];
  for (const row of rows)
    table.push(row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)));
  console.log(`Simulated gateway, one client, node ${process.version}, ${process.platform} ${process.arch}`);
  console.log(table.toString());
}

await run();

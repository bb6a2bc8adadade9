import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventName, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { Journal } from '../../src/journal.js';
import { RateMeter } from '../../src/session/rate-meter.js';
import { parseTime } from '../../src/times.js';
import { connectClient, START, startFixture } from './support/fixture.js';

/** Connects, places one order, requests quotes, and returns the journal file of the run. */
async function run(file: string): Promise<string> {
  const { gateway } = await startFixture({ journal: file });
  const client = await connectClient(gateway.port);
  const contract = { conId: 756733, symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
  const order = {
    action: OrderAction.SELL,
    orderType: OrderType.LMT,
    totalQuantity: 3,
    lmtPrice: 600.25,
    transmit: true,
  };
  client.api.placeOrder(1, contract, { ...order, tif: 'DAY', orderRef: 'j-1' });
  await client.wait(EventName.openOrder);
  client.api.reqMktData(2, contract, '', false, false);
  await client.wait(EventName.tickPrice);
  gateway.advance(START + 30_000);
  client.api.reqCurrentTime();
  await client.wait(EventName.currentTime);
  client.close();
  await gateway.close();
  return readFileSync(file, 'utf8');
}

describe('the journal', () => {
  it('names the fields of an order and is the same byte for byte in two stepped runs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'journal-'));
    try {
      const first = await run(join(folder, 'a.jsonl'));
      const second = await run(join(folder, 'b.jsonl'));
      const lines = first
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; dir: string; fields: object });
      expect(lines.find((line) => line.type === 'PLACE_ORDER')).toMatchObject({
        dir: 'in',
        at: START,
        clientId: 1,
        fields: {
          orderId: 1,
          orderRef: 'j-1',
          action: 'SELL',
          quantity: 3,
          orderType: 'LMT',
          limitPrice: 600.25,
          tif: 'DAY',
        },
      });
      expect(first).not.toContain('"wall"');
      // The way a client notices the end of the connection depends on the machine.
      const body = (text: string): string[] => text.split('\n').filter((line) => !line.includes('"CLOSE"'));
      expect(body(second)).toEqual(body(first));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps the newest entries and finds them by number', () => {
    const journal = new Journal(() => 0, { wallInFile: false, capacity: 100 });
    for (let count = 0; count < 1_000; count += 1)
      journal.add({ session: 0, clientId: undefined, dir: 'sys', type: 'X', fields: {} });
    expect(journal.entries().length).toBeGreaterThanOrEqual(100);
    expect(journal.entries().length).toBeLessThanOrEqual(110);
    expect(journal.entries(998).map((entry) => entry.n)).toEqual([998, 999, 1000]);
    expect(journal.entries(1_001)).toEqual([]);
  });
});

describe('the message rate', () => {
  it('warns once a second and cuts at the third second over the limit', () => {
    const meter = new RateMeter(50);
    const verdicts = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, index) => meter.count(from + index * 5));
    expect(verdicts(0, 50).every((verdict) => verdict === 'fine')).toBe(true);
    expect(verdicts(250, 50).filter((verdict) => verdict !== 'fine')).toEqual(['warn']);
    expect(verdicts(2_000, 50).every((verdict) => verdict === 'fine')).toBe(true);
    expect(verdicts(2_250, 5).filter((verdict) => verdict !== 'fine')).toEqual(['warn']);
    expect(verdicts(4_000, 60).filter((verdict) => verdict !== 'fine')).toEqual(['close']);
    const unlimited = new RateMeter(0);
    for (let count = 0; count < 500; count += 1) expect(unlimited.count(0)).toBe('fine');
  });
});

describe('times in requests', () => {
  it('are UTC with a dash, else in the zone that follows, else in New York', () => {
    const at = Date.parse('2026-11-23T15:00:00Z');
    expect(parseTime('20261123-15:00:00')).toBe(at);
    expect(parseTime('20261123 10:00:00')).toBe(at);
    expect(parseTime('20261123 09:00:00 US/Central')).toBe(at);
    expect(parseTime('20261123 10:00')).toBe(at);
    expect(parseTime('20261123')).toBe(Date.parse('2026-11-23T05:00:00Z'));
    expect(parseTime('tomorrow')).toBeUndefined();
    expect(parseTime('20261345 10:00:00')).toBeUndefined();
  });
});

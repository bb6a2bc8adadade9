import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Fill } from '../../src/domain/order/fill.js';
import type { OrderRow } from '../../src/store/index.js';
import { failing, fill, NOW, newPositionId, testServer } from './support.js';

const server = testServer();
let execs = 0;
function execId(): string {
  execs += 1;
  return `0001f4e8.${String(execs).padStart(6, '0')}.01.01`;
}

describe('append', () => {
  test('returns the new ones and reads them back to the micro', async () => {
    const positionId = newPositionId();
    const ref = `LW|${positionId}|1|combo|1`;
    const second = fill(execId(), ref, { at: NOW + 1, side: 'BUY', conId: 102, price: -1, liquidation: true });
    const first = fill(execId(), ref, { commission: 1_300_001, realizedPnl: -5_000_001, secType: 'BAG', conId: 0 });
    expect(await server.store.fills.append([second, first])).toEqual([second, first]);
    expect(await server.store.fills.ofPosition(positionId)).toEqual([first, second]);
  });

  test('known ones are ignored, even within one batch and from two concurrent writers', async () => {
    const ref = `LW|${newPositionId()}|1|combo|1`;
    const [known, fresh] = [fill(execId(), ref), fill(execId(), ref)];
    expect(await server.store.fills.append([known])).toEqual([known]);
    expect(await server.store.fills.append([{ ...known, quantity: 99 }, fresh, fresh])).toEqual([fresh]);
    const torn = fill(execId(), ref);
    const answers = await Promise.all([1, 2, 3, 4].map(() => server.store.fills.append([torn])));
    expect(answers.flat()).toEqual([torn]);
    expect(await server.store.fills.ofOrder(ref)).toEqual([known, fresh, torn]);
    expect(await server.store.fills.append([])).toEqual([]);
  });

  test('finds what is stored of an execution, in every correction and part', async () => {
    const [stem, other] = [execId(), execId()].map((id) => id.replace(/\.\d+$/, ''));
    const outside = `LW|${newPositionId()}|0|external|1`;
    const versions = [`${stem}.01`, `${stem}.02`, `${stem}.01-of-spy-ic-1`].map((id) => fill(id, outside));
    const alike = [`${stem}1.01`, `${stem}.01.01`, `0${stem}.01`].map((id) => fill(id, outside));
    await server.store.fills.append([...versions, ...alike, fill(`${other}.01`, outside)]);
    const found = await server.store.fills.ofExecutions([`${stem}.03`, `${stem}.01`, execId()]);
    expect(found.map((one) => one.execId).sort()).toEqual(versions.map((one) => one.execId).sort());
    expect(await server.store.fills.ofExecutions([])).toEqual([]);
  });

  test('a fill without quantity is refused and takes its batch with it', async () => {
    const ref = `LW|${newPositionId()}|1|combo|1`;
    const batch = [fill(execId(), ref), fill(execId(), ref, { quantity: 0 })];
    await expect(server.store.fills.append(batch)).rejects.toEqual(failing('INVARIANT_BROKEN', /fills_quantity/));
    expect(await server.store.fills.ofOrder(ref)).toEqual([]);
  });

  test('a correction to no quantity is kept: the broker cancelled the trade', async () => {
    const ref = `LW|${newPositionId()}|1|combo|1`;
    const stem = execId().replace(/\.\d+$/, '');
    const trade = fill(`${stem}.01`, ref);
    await server.store.fills.append([trade]);
    for (const busted of ['.02', '.10', '.03-of-spy-ic-1'])
      expect(await server.store.fills.append([fill(`${stem}${busted}`, ref, { quantity: 0 })])).toHaveLength(1);
  });

  test('any price in micros comes back as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 }),
        fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }),
        async (price, commission) => {
          const ref = `LW|${newPositionId()}|1|combo|1`;
          const row: Fill = fill(execId(), ref, { price, commission });
          await server.store.fills.append([row]);
          expect(await server.store.fills.ofOrder(ref)).toEqual([row]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a fraction of a micro is refused', async () => {
    const torn = server.store.fills.append([fill(execId(), 'LW|x|1|combo|1', { price: 0.5 })]);
    await expect(torn).rejects.toEqual(failing('INVARIANT_BROKEN', /whole micros/));
  });
});

describe('the ledger', () => {
  test.each([
    ['a changed price', 'UPDATE fills SET price = 1'],
    ['a changed ref', "UPDATE fills SET order_ref = 'LW|x|1|combo|1'"],
    ['a deletion', 'DELETE FROM fills'],
    ['an emptied table', 'TRUNCATE fills'],
  ])('refuses %s', async (_, statement) => {
    const row = fill(execId(), `LW|${newPositionId()}|1|combo|1`);
    await server.store.fills.append([row]);
    await expect(server.sql(statement)).rejects.toThrow(/append-only/);
    expect(await server.store.fills.ofOrder(row.orderRef)).toEqual([row]);
  });
});

describe('setCommission', () => {
  test('before the fill it is kept, after the fill it is joined, later it is corrected', async () => {
    const row = fill(execId(), `LW|${newPositionId()}|1|combo|1`);
    await server.store.fills.setCommission(row.execId, 650_001, undefined);
    expect(await server.store.fills.append([row])).toEqual([row]);
    expect(await server.store.fills.ofOrder(row.orderRef)).toEqual([{ ...row, commission: 650_001 }]);
    await server.store.fills.setCommission(row.execId, 700_000, -12_345_678);
    await server.store.fills.setCommission(row.execId, 710_000, undefined);
    expect(await server.store.fills.ofOrder(row.orderRef)).toEqual([
      { ...row, commission: 710_000, realizedPnl: -12_345_678 },
    ]);
  });

  test('a commission that a known fill brings along is not lost', async () => {
    const row = fill(execId(), `LW|${newPositionId()}|1|combo|1`);
    await server.store.fills.append([row]);
    expect(await server.store.fills.append([{ ...row, commission: 5 }])).toEqual([]);
    expect(await server.store.fills.ofOrder(row.orderRef)).toEqual([{ ...row, commission: 5 }]);
  });
});

describe('ofOrder', () => {
  test('an order reference matches exactly, a prefix up to its last bar', async () => {
    const positionId = newPositionId();
    const rows = ['1|combo|1', '1|combo|10', '1|stop|1', '10|combo|1'].map((tail) =>
      fill(execId(), `LW|${positionId}|${tail}`),
    );
    await server.store.fills.append(rows);
    const found = async (tail: string) =>
      (await server.store.fills.ofOrder(`LW|${positionId}|${tail}`)).map(({ orderRef }) =>
        orderRef.split('|').slice(2).join('|'),
      );
    expect(await found('1|combo|1')).toEqual(['1|combo|1']);
    expect(await found('1|combo|')).toEqual(['1|combo|1', '1|combo|10']);
    expect(await found('1|')).toEqual(['1|combo|1', '1|combo|10', '1|stop|1']);
    expect(await found('1|combo')).toEqual([]);
  });

  test('wildcards of patterns are plain characters', async () => {
    await server.store.fills.append([fill(execId(), 'LW|abc|1|combo|1')]);
    for (const prefix of ['LW|a_c|1|combo|', 'LW|%|', 'LW|a\\bc|']) {
      expect(await server.store.fills.ofOrder(prefix)).toEqual([]);
    }
  });

  test('a fill of someone else belongs to no position', async () => {
    const row = fill(execId(), 'manual|abc|1');
    await server.store.fills.append([row]);
    expect(await server.store.fills.ofPosition('abc')).not.toContainEqual(row);
    expect(await server.store.fills.ofOrder('manual|abc|1')).toEqual([row]);
  });
});

describe('orders', () => {
  test('keep the latest report, without fields that it no longer has', async () => {
    const positionId = newPositionId();
    const order: OrderRow = {
      orderRef: `LW|${positionId}|1|combo|1`,
      permId: 2_147_483_650,
      orderId: 41,
      clientId: 11,
      status: 'Submitted',
      quantity: 2,
      filled: 0,
      limitPrice: -2_500_001,
      text: 'held',
      updatedAt: NOW,
    };
    await server.store.orders.upsert(order);
    expect(await server.store.orders.get(order.orderRef)).toEqual(order);
    const { text: _, limitPrice: __, ...filled } = { ...order, status: 'Filled', filled: 2, updatedAt: NOW + 2 };
    const other = { ...order, orderRef: `LW|${positionId}|2|combo|1`, updatedAt: NOW + 1 };
    await server.store.orders.upsert(filled);
    await server.store.orders.upsert(other);
    expect(await server.store.orders.ofPosition(positionId)).toEqual([other, filled]);
    expect(await server.store.orders.get('LW|nobody|1|combo|1')).toBeUndefined();
    expect(await server.store.orders.ofPosition('nobody')).toEqual([]);
  });
});

/**
 * A2 by clients that we did not write: each places a combo, is refused with 105 when it changes it with the contract that it
 * placed, is served when it names the contract as openOrder showed it, and cancels the order. All must see the same.
 */
import { startGateway } from '../../../src/gateway/index.js';
import { CLIENT_PACKAGES, type PythonClient, pythonWith, runScript } from './python.js';

interface Seen {
  readonly placed: { readonly legs: readonly unknown[] };
  readonly shown: { readonly legs: readonly unknown[] };
}

/** Monday, half an hour after the open. */
const START = '2026-03-02T10:00-05:00';
const EXPIRY = '20260417';
/** The highest version that both sides speak. */
const VERSIONS: Readonly<Record<PythonClient, number>> = { ib_async: 178, ib_insync: 176, ibapi: 193 };

describe.each(Object.keys(CLIENT_PACKAGES) as PythonClient[])('%s', (client) => {
  const found = pythonWith(client);
  const withPython = 'python' in found ? it : it.skip;
  const why = 'missing' in found ? ` (skipped: ${found.missing})` : '';

  withPython(`changes a combo with the contract as shown, and with no other${why}`, async () => {
    const gateway = await startGateway({ port: 0, controlPort: 0, seed: 5, stepped: true, start: START });
    try {
      const args = [client, gateway.port, gateway.controlPort, EXPIRY];
      const run = (await runScript(found, 'combo_change.py', args)) as { seen: Seen; decoderErrors: unknown[] };
      expect(run.decoderErrors).toEqual([]);
      expect(run.seen).toMatchObject({
        version: VERSIONS[client],
        placed: { conId: 0, localSymbol: '', tradingClass: '' },
        shown: { conId: 28812380, secType: 'BAG', exchange: 'SMART', localSymbol: '28812380', tradingClass: 'COMB' },
        price: 0.05,
        asPlaced: [[105], 0.05],
        asShown: [[], 0.07],
        cancelled: [[202], 0],
      });
      expect(run.seen.shown.legs).toEqual(run.seen.placed.legs);
      const journal = gateway.journal();
      expect(journal.filter(({ type, fields }) => type === 'INTERNAL_ERROR' || 'unreadable' in fields)).toEqual([]);
      expect(journal.filter(({ type }) => type === 'PLACE_ORDER')).toHaveLength(3);
    } finally {
      await gateway.close();
    }
  });
});

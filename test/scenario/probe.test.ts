import { afterAll, beforeAll, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.js';
import { sentOrders } from '../support/wire.js';
let world: World;
beforeAll(async () => { const t=performance.now(); world = await startWorld({ speed: 20 }); console.log('start', performance.now()-t); });
afterAll(async () => { const t=performance.now(); await world.stop(); console.log('stop', performance.now()-t); });
test('x', async () => {
  let t=performance.now();
  const a = await world.cli(['enter', 'SPY', 'iron-condor', '--quantity', '2', '--json']);
  console.log(a.code, performance.now()-t, a.stdout, a.stderr);
  console.log(JSON.stringify(sentOrders(world.gateway)));
  await world.agree();
  t=performance.now();
  const b = await world.cli(['close', a.json.positionId, '--json']);
  console.log(b.code, performance.now()-t, b.stdout, b.stderr);
  await world.agree();
});

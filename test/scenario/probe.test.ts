import { afterAll, beforeAll, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.js';
import { enter, close, ended, answerOf, ask, decided, legFills, WILLING } from '../support/life.js';
let world: World;
const speed = Number(process.env.SPEED ?? 20);
beforeAll(async () => { world = await startWorld({ speed, seed: 11, scenario: WILLING,settings: { rules: { confirmation: { enabled: false } } }, }); });
afterAll(async () => { await world.stop(); });
test('x', async () => {
  for (let i = 0; i < 3; i++) {
  const n0 = world.gateway.journal().length;
  const cpu = process.cpuUsage(); const t0=performance.now();
  const a = await enter(world);
  const used = process.cpuUsage(cpu);
  process.stderr.write(`enter ${performance.now()-t0} own cpu ${(used.user+used.system)/1000}\n`);
  const { client } = await world.client.links.temporal();
  const h = await client.workflow.getHandle(a.entryWorkflowId!).fetchHistory();
  const name = new Map<string,string>();
  for (const e of h.events ?? []) {
    const t = Number(e.eventTime!.seconds)*1000+Number(e.eventTime!.nanos)/1e6;
    const s = e.activityTaskScheduledEventAttributes; if (s) { name.set(String(e.eventId), s.activityType!.name!); process.stderr.write(`${t.toFixed(0)} sched ${s.activityType!.name}\n`);} 
    const c = e.activityTaskCompletedEventAttributes; if (c) process.stderr.write(`${t.toFixed(0)} done ${name.get(String(c.scheduledEventId))}\n`);
  }
  const counts: Record<string, number> = {};
  for (const e of world.gateway.journal(n0+1)) { const k=`${e.dir} ${e.type}`; counts[k]=(counts[k]??0)+1; }
  process.stderr.write(JSON.stringify(counts)+'\n');
  await close(world, a.positionId);
  await ended(world, a.positionId);
  }
});

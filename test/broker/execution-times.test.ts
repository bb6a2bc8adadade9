/** Row 52: times of executions without a zone follow the gateway's own clock. */
import { afterEach, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { advanceUntil, findCondor, payloadOf, place, present, usable } from './support.js';
import { startTapped, type TappedWorld } from './tap.js';

let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const wall = (at: number, zone: string) => DateTime.fromMillis(at, { zone }).toFormat('yyyyMMdd HH:mm:ss');

it.each([
  ['a zone in letters', 'America/Chicago', 'CST', false],
  ['a zone of the tz database', 'America/Los_Angeles', 'US/Pacific', false],
  ['a zone that nobody knows: by the offset of its clock', 'Asia/Kolkata', '印度标准时间', true],
])('%s', async (_name, zone, called, told) => {
  const lines: string[] = [];
  const log = (_level: string, message: string) => void lines.push(message);
  const started = await startTapped({ gateway: { stepped: true }, control: true, broker: { log } }, (tap) => {
    tap.greeting = ([version = '', time = '']) => {
      const at = DateTime.fromFormat(time.slice(0, 17), 'yyyyMMdd HH:mm:ss', { zone: 'America/New_York' }).toMillis();
      return [version, `${wall(at, zone)} ${called}`];
    };
    tap.answer = ({ name, values }) => {
      if (name !== 'EXECUTION_DATA') return undefined;
      const [date, time] = String(values.time).split(' ');
      const at = DateTime.fromFormat(`${date} ${time}`, 'yyyyMMdd HH:mm:ss', { zone: 'America/New_York' }).toMillis();
      return [{ name, values: { ...values, time: wall(at, zone).replace(' ', '  ') } }];
    };
  });
  world = started;
  const { broker, events, gateway } = started;
  await usable(broker);
  const condor = await findCondor(broker);
  place(started, payloadOf(condor, condor.natural + 100_000), 'LW|x-1-1|1|combo|1');
  const heard = await advanceUntil(started, () => events.find((event) => event.kind === 'fill'));
  const frame = present(gateway.journal().find((entry) => entry.type === 'EXECUTION_DATA'));
  const told_ = heard.kind === 'fill' ? heard.fill.at : 0;
  expect(Math.abs(told_ - frame.at)).toBeLessThan(1_000);
  expect(lines.some((line) => line.includes('time zone of the gateway'))).toBe(told);
});

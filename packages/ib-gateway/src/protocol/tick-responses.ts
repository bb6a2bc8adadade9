/**
 * The gateway's messages about single ticks: past and streamed ones, real-time bars, and histograms.
 */
import { bool, constant, float, int, list, type Message, message, text, type Values, when } from './field.js';
import { version } from './groups.js';

const reqId = int('reqId');
const time = int('time');

const kindIn =
  (...kinds: readonly number[]) =>
  (values: Values): boolean =>
    kinds.includes(Number(values.tickType));

/** Message 99 has a different tail for each kind: 1 last, 2 all last, 3 bid and ask, 4 midpoint. */
const tickByTick = message(99, 'TICK_BY_TICK', [
  reqId,
  int('tickType'),
  text('time'),
  when(kindIn(1, 2), [float('price'), float('size'), int('attributes'), text('exchange'), text('conditions')]),
  when(kindIn(3), [float('bid'), float('ask'), float('bidSize'), float('askSize'), int('attributes')]),
  when(kindIn(4), [float('midpoint')]),
]);

/** Tick, histogram and real-time messages. */
export const tickResponses: readonly Message[] = [
  message(50, 'REAL_TIME_BARS', [
    version(3),
    reqId,
    time,
    float('open'),
    float('high'),
    float('low'),
    float('close'),
    float('volume'),
    float('wap'),
    int('count'),
  ]),
  message(89, 'HISTOGRAM_DATA', [reqId, list('items', [float('price'), float('size')])]),
  // The second token of a midpoint tick has no meaning.
  message(96, 'HISTORICAL_TICKS', [
    reqId,
    list('ticks', [time, constant('0'), float('price'), float('size')]),
    bool('done'),
  ]),
  message(97, 'HISTORICAL_TICKS_BID_ASK', [
    reqId,
    list('ticks', [time, int('attributes'), float('bid'), float('ask'), float('bidSize'), float('askSize')]),
    bool('done'),
  ]),
  message(98, 'HISTORICAL_TICKS_LAST', [
    reqId,
    list('ticks', [time, int('attributes'), float('price'), float('size'), text('exchange'), text('conditions')]),
    bool('done'),
  ]),
  tickByTick,
  message(106, 'HISTORICAL_SCHEDULE', [
    reqId,
    text('start'),
    text('end'),
    text('timeZone'),
    list('sessions', [text('start'), text('end'), text('refDate')]),
  ]),
];

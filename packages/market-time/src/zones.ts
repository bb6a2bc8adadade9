/**
 * Time zones as the broker names them. Each contract has its hours in a zone of its own (`timeZoneId`): options of the SPX
 * family in US/Central, stocks and SPY in US/Eastern; older gateways write `EST`, `CST (Central Standard Time)` or `MET`. An
 * abbreviation of a US zone means the zone with its daylight saving time, since exchanges keep it. The tz database takes
 * `EST`, `MST` and `HST` as fixed offsets, so abbreviations are looked up here first.
 */
import { DateTime, IANAZone } from 'luxon';
import { civil } from './eastern.js';

const US = {
  eastern: 'America/New_York',
  central: 'America/Chicago',
  mountain: 'America/Denver',
  pacific: 'America/Los_Angeles',
} as const;

const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    [US.eastern]: 'EST EDT EST5EDT ET',
    [US.central]: 'CST CDT CST6CDT CT',
    [US.mountain]: 'MST MDT MST7MDT MT',
    [US.pacific]: 'PST PDT PST8PDT PT',
    'Etc/UTC': 'UTC UTC0 GMT GMT0 Z ZULU UCT',
    'Europe/London': 'GB GB-EIRE BST',
    'Europe/Berlin': 'MET MEST MEZ MESZ CET CEST',
    'Europe/Athens': 'EET EEST',
    'Europe/Lisbon': 'WET WEST',
    'Europe/Moscow': 'MSK',
    'Asia/Tokyo': 'JST JAPAN',
    'Asia/Hong_Kong': 'HKT HONGKONG',
    'Asia/Singapore': 'SGT SINGAPORE',
    'Asia/Seoul': 'KST ROK',
    'Asia/Shanghai': 'PRC',
    'Asia/Kolkata': 'IST',
    'Australia/Sydney': 'AEST AEDT AET',
  }).flatMap(([zone, names]) => names.split(' ').map((name) => [name, zone] as const)),
);

/** `Central Standard Time` and the like, as gateways on Windows write them. */
const WORDS = /^(?:US )?(eastern|central|mountain|pacific) (?:standard |daylight )?time$/i;

/** The tz database's name of a zone that the broker names, or undefined when it is unknown. */
export function zoneOf(name: string | undefined): string | undefined {
  // Some gateways explain their abbreviation: `CST (Central Standard Time)`.
  const plain = (name ?? '').replace(/\(.*$/, '').trim();
  if (plain === '') return undefined;
  const alias = ALIASES.get(plain.toUpperCase());
  if (alias !== undefined) return alias;
  const word = WORDS.exec(plain)?.[1]?.toLowerCase();
  if (word !== undefined) return US[word as keyof typeof US];
  // `create` remembers the zone; `isValidZone` builds a formatter at each call.
  return IANAZone.create(plain).isValid ? plain : undefined;
}

const MINUTES_A_DAY = 1440;
const MOST_KEPT = 10_000;
const known = new Map<string, number>();

/**
 * Epoch ms of a time of day in a zone, in minutes after midnight by the local clock; 1440 is the end of the day. A time that a
 * clock change skips is read an hour later; one that occurs twice is the first. Throws on an unknown zone.
 */
export function zonedTime(zone: string, day: number, minutes: number): number {
  const key = `${zone} ${day} ${minutes}`;
  let at = known.get(key);
  if (at === undefined) {
    const { year, month, date } = civil(day + Math.floor(minutes / MINUTES_A_DAY));
    const inDay = ((minutes % MINUTES_A_DAY) + MINUTES_A_DAY) % MINUTES_A_DAY;
    const wall = { year, month, day: date, hour: Math.floor(inDay / 60), minute: inDay % 60 };
    at = DateTime.fromObject(wall, { zone }).toMillis();
    if (Number.isNaN(at)) throw new RangeError(`The time zone ${zone} is not known.`);
    if (known.size >= MOST_KEPT) known.clear();
    known.set(key, at);
  }
  return at;
}

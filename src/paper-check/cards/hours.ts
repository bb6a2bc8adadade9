/** Cards about the hours of options and their time zone. */
import { textOf } from 'ib-gateway/client';
import { clockText, newYork, sessionsOf } from '../broker-time.js';
import { agreesIf, type Card, differs } from '../card.js';
import { putOf, type Ticker } from '../contracts.js';

/** Minutes after midnight in New York. */
const OPEN = 9 * 60 + 30;
const CLOSES = [16 * 60, 16 * 60 + 15];
const EARLY = [13 * 60, 13 * 60 + 15];

const ZONES: Readonly<
  Record<Ticker, { readonly zone: string; readonly names: readonly string[]; readonly source: string }>
> = {
  SPY: {
    zone: 'US/Eastern',
    names: ['US/Eastern', 'America/New_York'],
    source: 'IB TWS API documentation, ContractDetails::TimeZoneId',
  },
  QQQ: {
    zone: 'US/Eastern',
    names: ['US/Eastern', 'America/New_York'],
    source: 'IB TWS API documentation, ContractDetails::TimeZoneId',
  },
  SPX: {
    zone: 'US/Central',
    names: ['US/Central', 'America/Chicago'],
    source: 'nautilus_trader test data of an SPX option; QuantConnect Lean PRs 6890 and 9671',
  },
  XSP: {
    zone: 'US/Central',
    names: ['US/Central', 'America/Chicago'],
    source: 'QuantConnect Lean PRs 6890 and 9671 (index options of Cboe keep Chicago hours)',
  },
};

function hoursCard(symbol: Ticker): Card {
  const { zone, names, source } = ZONES[symbol];
  return {
    id: `hours-${symbol.toLowerCase()}`,
    serves: ['REQ_CONTRACT_DATA'],
    assumption: `Hours of ${symbol} options are given in ${zone}; read in that zone, they trade from 09:30 to 16:00 or 16:15 New York time (13:00 or 13:15 on short days).`,
    source,
    place: 'packages/market-time/src/session.ts',
    method: `Read timeZoneId and liquidHours of a put of ${symbol}.`,
    run: async (stage) => {
      const { values } = await putOf(stage, symbol, 0.03);
      const [told, hours] = [textOf(values, 'timeZoneId'), textOf(values, 'liquidHours')];
      const sessions = sessionsOf(hours, told);
      const [first] = hours.split(';');
      if (sessions === undefined) return differs(`${told}: ${first}`, 'The time zone has no known name.');
      const wrong = sessions.filter(({ open, close }) => !isRegular(newYork(open).minute, newYork(close).minute));
      const seen = sessions.map(
        ({ open, close }) => `${clockText(newYork(open).minute)} to ${clockText(newYork(close).minute)}`,
      );
      const observed = `${told}: ${first}; in New York ${[...new Set(seen)].join(', ') || 'never'}`;
      if (!names.includes(told)) return differs(observed, `The zone is not ${zone}.`);
      return agreesIf(sessions.length > 0 && wrong.length === 0, observed, 'A session begins or ends at another time.');
    },
  };
}

function isRegular(open: number, close: number): boolean {
  return open === OPEN && [...CLOSES, ...EARLY].includes(close);
}

const expiryDay: Card = {
  id: 'hours-expiry-day',
  assumption:
    'An option names its last trading day first in the field of the expiry, and its zone last: 20261218-15:00:00-US/Central.',
  source: 'IB TWS API documentation, ContractDetails; captured rows of rust-ibapi (src/orders/async.rs)',
  place: 'src/broker/option-details.ts',
  method: 'Read the expiry of puts of SPY and SPX.',
  run: async (stage) => {
    const rows = [await putOf(stage, 'SPY', 0.03), await putOf(stage, 'SPX', 0.03)];
    const texts = rows.map(({ values }) => textOf(values, 'lastTradeDateOrContractMonth'));
    const real = rows.map(({ values }) => textOf(values, 'realExpirationDate'));
    const holds = texts.every((text) => /^\d{8}/.test(text)) && real.every((text) => /^\d{8}$/.test(text));
    return agreesIf(
      holds,
      texts.map((text, at) => `${text} (real ${real[at]})`).join(', '),
      'The expiry could not be read.',
    );
  },
};

export const hoursCards: readonly Card[] = [...(['SPY', 'QQQ', 'SPX', 'XSP'] as const).map(hoursCard), expiryDay];

/** The broker's Flex statement: which rows are understood, and their money. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFlexStatement } from '../../../src/cli/flex-statement.js';
import type { FlexDividend } from '../../../src/domain/position/flex-dividends.js';

const dir = mkdtempSync(join(tmpdir(), 'flex-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ROW =
  'accountId="U1234567" currency="USD" assetCategory="OPT" conid="700000001" multiplier="100" strike="6720" expiry="20260313" putCall="P"';
const read = (text: string) => {
  const file = join(dir, 'statement.xml');
  writeFileSync(file, text);
  return readFlexStatement(file).rows;
};
const statement = (rows: string) =>
  `<FlexQueryResponse queryName="x" type="AF"><FlexStatements count="1"><FlexStatement accountId="U1234567"><OptionEAE>${rows}</OptionEAE></FlexStatement></FlexStatements></FlexQueryResponse>`;

test.each<[string, string, object]>([
  [
    'an assignment',
    'transactionType="Assignment" quantity="-2" tradePrice="0" proceeds="0"',
    { kind: 'assigned', contracts: 2, price: 0 },
  ],
  ['an exercise', 'transactionType="Exercise" quantity="1" proceeds=""', { kind: 'exercised', contracts: 1, price: 0 }],
  ['an expiration', 'transactionType="Expiration" quantity="3"', { kind: 'expired', contracts: 3, price: 0 }],
  [
    'cash by its proceeds',
    'transactionType="Cash Settlement" quantity="2" tradePrice="19.7" proceeds="-3,950.00"',
    { kind: 'settled', contracts: 2, price: 19_750_000 },
  ],
  [
    'cash by its price',
    'transactionType="Cash Settlement" quantity="2" tradePrice="19.75" proceeds="0"',
    { kind: 'settled', contracts: 2, price: 19_750_000 },
  ],
])('%s', (_, attributes, expected) => {
  expect(read(statement(`<OptionEAE ${ROW} ${attributes} />`))).toEqual([
    { account: 'U1234567', conId: 700_000_001, ...expected },
  ]);
});

test('rows about shares are left out, several rows and statements are read', () => {
  const rows = `<OptionEAE ${ROW} transactionType="Expiration" quantity="1"/><OptionEAE ${ROW.replace('OPT', 'STK')} transactionType="Buy" quantity="100"/>`;
  expect(read(statement(rows + rows))).toHaveLength(2);
});

test.each<[string, string, RegExp]>([
  [
    'another kind of row',
    statement(`<OptionEAE ${ROW} transactionType="Magic" quantity="1"/>`),
    /"Magic" is not known; expected Assignment/,
  ],
  [
    'money of another currency',
    statement(`<OptionEAE ${ROW.replace('USD', 'EUR')} transactionType="Expiration" quantity="1"/>`),
    /EUR is not allowed; expected USD/,
  ],
  ['no quantity', statement(`<OptionEAE ${ROW} transactionType="Expiration"/>`), /lacks quantity/],
  ['another document', '<Report><OptionEAE conid="1"/></Report>', /FlexQueryResponse/],
  ['a statement without the section', statement(''), /Exercises, Assignments and Expirations/],
  ['no XML', '{"a": 1}', /well-formed XML/],
])('%s is refused with the reason', (_, text, reason) => {
  expect(() => read(text)).toThrow(reason);
});

test('a file that is not there', () => {
  expect(() => readFlexStatement(join(dir, 'none.xml'))).toThrow(/can be read/);
});

const accrual = (attributes: string) =>
  `<ChangeInDividendAccrual accountId="U1234567" currency="USD" assetCategory="STK" symbol="SPY" conid="756733" exDate="20260320" payDate="20260430" quantity="-100" ${attributes}/>`;
const cash = (attributes: string) =>
  `<CashTransaction accountId="U1234567" currency="USD" assetCategory="STK" symbol="SPY" conid="756733" exDate="2026-03-20" levelOfDetail="DETAIL" ${attributes}/>`;
const inLieu =
  'type="Payment In Lieu Of Dividends" description="SPY(US78462F1030) Payment in Lieu of Dividend (Ordinary Dividend)"';
const paid = (rate: string, amount: string, more = '') =>
  cash(
    `type="Dividends" description="SPY(US78462F1030) Cash Dividend USD ${rate} per Share${more}" amount="${amount}"`,
  );
const SPY_DIVIDEND = { account: 'U1234567', conId: 756_733, exDate: '20260320' };

test.each<[string, string, Partial<FlexDividend> | undefined]>([
  ['an accrual of shares held short', accrual('date="20260320" code="Po" grossRate="1.802"'), { amount: 1_802_000 }],
  [
    'paid: the accrual is reversed on the pay date',
    accrual('date="20260320" code="Po" grossRate="1.802"') + accrual('date="20260430" code="Re" grossRate="1.802"'),
    { amount: 1_802_000 },
  ],
  ['the payment alone', accrual('date="20260430" code="Re" grossRate="1.802000"'), { amount: 1_802_000 }],
  [
    'corrected before it was paid',
    accrual('date="20260320" code="Po" grossRate="1.8"') +
      accrual('date="20260323" code="Re" grossRate="1.8"') +
      accrual('date="20260323" code="Po" grossRate="1.802"'),
    { amount: 1_802_000 },
  ],
  [
    'given up',
    accrual('date="20260320" code="Po" grossRate="1.8"') + accrual('date="20260323" code="Re" grossRate="1.8"'),
    { reversed: 1_800_000 },
  ],
  [
    'reversed, alone in a later statement',
    accrual('date="20260323" code="Re" grossRate="1.8"'),
    { reversed: 1_800_000 },
  ],
  [
    'reversed and posted again in a later statement',
    accrual('date="20260323" code="Re" grossRate="1.8"') + accrual('date="20260323" code="Po" grossRate="1.802"'),
    { amount: 1_802_000, reversed: 1_800_000 },
  ],
  [
    'the same, in the other order',
    accrual('date="20260323" code="Po" grossRate="1.802"') + accrual('date="20260323" code="Re" grossRate="1.8"'),
    { amount: 1_802_000, reversed: 1_800_000 },
  ],
  [
    'paid, with its accrual, in the other order',
    accrual('date="20260430" code="Re" grossRate="1.8"') +
      accrual('date="20260323" code="Re" grossRate="1.8"') +
      accrual('date="20260320" code="Po" grossRate="1.8"'),
    { amount: 1_800_000 },
  ],
  ['a reversed payment alone', paid('1.8', '-180', ' - Reversal'), { reversed: 1_800_000 }],
  [
    'a payment reversed and made again in a later statement',
    paid('1.8', '-180', ' - Reversal') + paid('1.802', '180.20'),
    { amount: 1_802_000, reversed: 1_800_000 },
  ],
  [
    'owed in lieu with its rate, and not a reversal',
    paid('1.8', '-180').replace('type="Dividends"', 'type="Payment In Lieu Of Dividends"'),
    { amount: 1_800_000 },
  ],
  [
    'owed in lieu with its rate, reversed alone',
    paid('1.8', '180', ' - Reversal').replace('type="Dividends"', 'type="Payment In Lieu Of Dividends"'),
    { reversed: 1_800_000 },
  ],
  [
    'a reversal or a payment: the days that decide it are missing',
    accrual('date="20260323" code="Re" grossRate="1.8"').replace(' payDate="20260430"', ''),
    { unread: expect.stringContaining('add "Date" and "Pay Date"') as never },
  ],
  [
    'an ordinary and a special one',
    accrual('date="20260320" code="Po" grossRate="0.25"') + accrual('date="20260320" code="Po" grossRate="3"'),
    { amount: 3_250_000 },
  ],
  ['cash received', paid('1.802000', '180.20'), { amount: 1_802_000 }],
  [
    'a reversal and the right one',
    paid('1.8', '180') + paid('1.8', '-180', ' - Reversal') + paid('1.802', '1,180.20'),
    { amount: 1_802_000 },
  ],
  [
    'partly in lieu, with its accrual',
    paid('1.802', '90.10') + cash(`${inLieu} amount="90.10"`) + accrual('date="20260320" code="Po" grossRate="1.802"'),
    { amount: 1_802_000 },
  ],
  [
    'cash in lieu alone',
    cash(`${inLieu} amount="-180.20"`),
    { unread: expect.stringContaining('add the section "Change in Dividend Accruals"') as never },
  ],
  [
    'no ex-date',
    paid('1.8', '180').replace('exDate="2026-03-20"', ''),
    { exDate: '', unread: expect.stringContaining('add "Ex Date"') as never },
  ],
  [
    'no ex-date, with its accrual',
    paid('1.8', '180').replace('exDate="2026-03-20"', '') + accrual('date="20260320" code="Po" grossRate="1.8"'),
    { amount: 1_800_000 },
  ],
  [
    'another currency',
    accrual('date="20260320" code="Po" grossRate="1"').replace('USD', 'EUR'),
    { unread: expect.stringContaining('EUR') as never },
  ],
  [
    'totals and other cash',
    cash('type="Dividends" amount="1"').replace('DETAIL', 'SUMMARY') + cash('type="Withholding Tax" amount="-1"'),
    undefined,
  ],
])('dividends: %s', (_, rows, expected) => {
  const file = join(dir, 'dividends.xml');
  writeFileSync(
    file,
    statement('').replace('<OptionEAE></OptionEAE>', `<ChangeInDividendAccruals>${rows}</ChangeInDividendAccruals>`),
  );
  const { dividends } = readFlexStatement(file);
  expect(dividends).toEqual(expected === undefined ? [] : [{ ...SPY_DIVIDEND, ...expected }]);
});

/** The broker's Flex statement: which rows are understood, and their money. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFlexStatement } from '../../../src/cli/flex-statement.js';

const dir = mkdtempSync(join(tmpdir(), 'flex-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ROW =
  'accountId="U1234567" currency="USD" assetCategory="OPT" conid="700000001" multiplier="100" strike="6720" expiry="20260313" putCall="P"';
const read = (text: string) => {
  const file = join(dir, 'statement.xml');
  writeFileSync(file, text);
  return readFlexStatement(file);
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

/**
 * Every refusal of an order in the simulated gateway's code: each proves a rejection or proves nothing, and leads to its
 * reaction. A new text must be entered here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorClass, type RefusalKind } from '../../../src/domain/ib-codes.js';
import { provesRejection } from '../../../src/domain/order/error-codes.js';
import { classifyRefusal, type RefusalReaction } from '../../../src/domain/order/refusal.js';

const FOLDER = 'packages/ib-gateway/src/exchange';
const ORDER_REQUESTS = 'packages/ib-gateway/src/session/orders.ts';

type Verdict = `${RefusalKind} ${RefusalReaction}` | 'ambiguous' | 'cancel' | 'warning';

/** `CODE text` as the code writes it. A text that proves no rejection has the class of its code instead of a reaction. */
const EXPECTED: Readonly<Record<string, Verdict>> = {
  '103 Duplicate order id': 'ambiguous',
  '104 Cannot modify a filled order.': 'ambiguous',
  '105 Order being modified does not match original order.': 'ambiguous',
  '110 The price does not conform to the minimum price variation for this contract.': 'tick reprice',
  '161 Cancel attempted when order is not in a cancellable state. Order permId =${record.permId}': 'cancel',
  '200 No security definition has been found for the request': 'other stop',
  '200 The contract description specified for ${contract.symbol} is ambiguous.': 'other stop',
  '201 Cannot have open orders on both sides of the same US Option contract.<br>You are attempting to add an order for a contract where an open order already exists on the opposite side of the market.<br>Customers are prevented, by regulation, from entering a buy and a sell order for the same option contract.':
    'collision rebuild',
  '201 Your account has a minimum of ${most} orders working on either the buy or sell side for this particular contract.':
    'other stop',
  '2109 Order Event Warning:Attribute "Outside Regular Trading Hours" is ignored based on the order type and destination. PlaceOrder is now processed.':
    'warning',
  '201 Guaranteed-to-lose combination orders are not allowed.': 'guaranteed-loss reprice',
  '201 Limit price too far outside of NBBO.': 'too-far reprice',
  '201 Riskless combination orders are not allowed.': 'riskless reprice',
  '201 System is unavailable': 'other stop',
  '201 The good till date is in the past.': 'late reprice',
  '201 YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE [${equityAfter.toFixed(2)} USD] MUST EXCEED THE INITIAL MARGIN [${initAfter.toFixed(2)} USD]':
    'margin stop',
  // Size and form: our own defect. Fields that TWS does not accept.
  '312 The combo details are invalid.': 'form legs',
  '312 The combo details are invalid. Leg ratios have a common divisor.': 'form legs',
  "313 The combo details for '${name}' are invalid.": 'form legs',
  "321 Error validating request.-'bN' : cause - Missing order exchange.": 'other stop',
  "321 Error validating request.-'bN' : cause - Please enter a valid limit price.": 'other stop',
  "321 Error validating request.-'bN' : cause - Please enter a valid stop price.": 'other stop',
  "321 Error validating request.-'bN' : cause - Negative price.": 'other stop',
  "321 Error validating request.-'bN' : cause - Invalid time in force:${request.tif}": 'other stop',
  "321 Error validating request.-'bN' : cause - Invalid account code '${request.account}'.": 'other stop',
  "321 Invalid action '${action}'": 'other stop',
  '321 Invalid account code': 'other stop',
  '387 Unsupported order type for this exchange and security type.': 'other stop',
  '388 Order size does not conform to market rule.': 'other stop',
  '391 The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx or yyyymmdd-hh:mm:ss':
    'other stop',
  '392 Invalid order: contract expired': 'closed stop',
  '399 Order Message:\n${action} ${quantity} ${name}\nWarning: Your order will not be placed at the exchange until ${when}.':
    'warning',
  '412 The contract is not available for trading.': 'closed stop',
  '434 The order size cannot be zero.': 'other stop',
  "321 Error validating request.-'bN' : cause - Invalid NonGuaranteed value of 0. The order cannot be set as guaranteed.":
    'form legs',
  "10268 The 'EtradeOnly' order attribute is not supported.": 'other stop',
  "10269 The 'FirmQuoteOnly' order attribute is not supported.": 'ambiguous',
  "10270 The 'NbboPriceCap' order attribute is not supported.": 'ambiguous',
  '10058 Combo per-leg prices are only supported for non-guaranteed smart combos with two legs and the "IECOMBOPERLEGPRICE" feature enabled.':
    'form legs',
  '10006 Missing parent order: ${id}': 'ambiguous',
  '10147 OrderId ${orderId} that needs to be cancelled is not found.': 'cancel',
  '10148 OrderId ${orderId} that needs to be cancelled cannot be cancelled, state: ${record.status}.': 'cancel',
};

const LITERAL = String.raw`(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|${'`'}[^${'`'}]*${'`'})`;
const WORDS = new RegExp(`^\\s*(${LITERAL}(?:\\s*\\+\\s*${LITERAL})*|[A-Za-z_]+)`);

/** The text of a literal, of concatenated literals, or of a constant of the same file. */
function textOf(source: string, expression: string): string {
  const found = WORDS.exec(expression)?.[1] ?? '';
  if (/^[A-Za-z_]/.test(found)) {
    const declared = new RegExp(`const ${found}\\b[^=]*=\\s*`).exec(source);
    if (declared === null) throw new Error(`Nothing says what ${found} is.`);
    return textOf(source, source.slice(declared.index + declared[0].length));
  }
  const parts = found.match(new RegExp(LITERAL, 'g')) ?? [];
  return parts.map((part) => part.slice(1, -1).replaceAll('\\n', '\n').replaceAll("\\'", "'")).join('');
}

/** Not the functions themselves, and not a rejection whose text comes from a script. */
const CALL = /(?<!function )\b(refusal|rejected|invalidRequest)\((?!code, text\))\s*(?:(\d+),)?/g;

/** Calls of `refusal(CODE, TEXT)`, `rejected(TEXT)` and `invalidRequest(TEXT)`. */
function refusalsIn(source: string): readonly string[] {
  return [...source.matchAll(CALL)].map((call) => {
    const [whole, name] = call;
    const code = name === 'rejected' ? 201 : name === 'invalidRequest' ? 321 : Number(call[2]);
    return `${code} ${textOf(source, source.slice(call.index + whole.length))}`;
  });
}

/** It refuses the exercise of an option, which is no order. */
const OTHER_REQUESTS = 'exercises.ts';

const sources = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts') && name !== OTHER_REQUESTS)
  .map((name) => join(FOLDER, name));

/** The default text of a scripted rejection. */
const SCRIPTED = '201 System is unavailable';

it("lists every refusal in the gateway's code", () => {
  const [placing = ''] = readFileSync(ORDER_REQUESTS, 'utf8').split('export function cancelOrder');
  const found = [...sources.map((file) => readFileSync(file, 'utf8')), placing].flatMap(refusalsIn);
  expect([...new Set([...found, SCRIPTED])].sort()).toEqual(Object.keys(EXPECTED).sort());
});

it.each(Object.entries(EXPECTED))('%s: %s', (refusal, verdict) => {
  const [, code = '', words = ''] = /^(\d+) (.*)$/s.exec(refusal) ?? [];
  const number = Number(code);
  const text = number === 201 ? `Order rejected - reason:${words}` : words;
  const { kind, reaction } = classifyRefusal(number, text);
  const proved = provesRejection(number, { newOrder: true });
  expect(proved ? `${kind} ${reaction}` : errorClass(number)).toBe(verdict);
});

/** The broker's Flex statement, an XML file: its rows about options that ended, and about dividends. */
import { readFileSync } from 'node:fs';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { InvalidInput, messageOf } from '../domain/errors.js';
import { type FlexAttributes, type FlexSettlement, flexSettlement } from '../domain/position/flex.js';
import { type FlexDividend, flexDividends } from '../domain/position/flex-dividends.js';

const ENDED = 'OptionEAE';
const ACCRUED = 'ChangeInDividendAccrual';
const CASH = 'CashTransaction';

export interface FlexStatement {
  readonly rows: readonly FlexSettlement[];
  readonly dividends: readonly FlexDividend[];
}

/** Throws InvalidInput for a file that cannot be read, is no Flex statement, or has none of the sections. */
export function readFlexStatement(file: string): FlexStatement {
  const invalid = (what: string) => new InvalidInput('--flex', file, what);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`a file that can be read (${messageOf(error)})`);
  }
  if (XMLValidator.validate(text) !== true) throw invalid('well-formed XML');
  // Entities are not expanded: a statement has none, and a hostile file could grow without end.
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    processEntities: false,
  });
  const found: Found = { [ENDED]: [], [ACCRUED]: [], [CASH]: [] };
  collect(parser.parse(text), found);
  if (!/<FlexQueryResponse[\s>]/.test(text))
    throw invalid('a Flex statement: its outermost element is FlexQueryResponse');
  if (Object.values(found).every(({ length }) => length === 0)) {
    throw invalid(
      'a statement with the section "Option Exercises, Assignments and Expirations" or "Change in Dividend Accruals"',
    );
  }
  try {
    return {
      rows: found[ENDED].flatMap((row) => flexSettlement(row) ?? []),
      dividends: flexDividends({ accruals: found[ACCRUED], cash: found[CASH] }),
    };
  } catch (error) {
    if (error instanceof RangeError || error instanceof InvalidInput)
      throw invalid(`rows that can be read: ${error.message}`);
    throw error;
  }
}

type Found = Record<typeof ENDED | typeof ACCRUED | typeof CASH, FlexAttributes[]>;

/** Every element of these names at any depth: statements of several accounts, one or many rows. */
function collect(node: unknown, found: Found): void {
  if (Array.isArray(node)) {
    for (const one of node) collect(one, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    const rows = Array.isArray(value) ? value : [value];
    if (name === ENDED || name === ACCRUED || name === CASH) {
      for (const row of rows) if (isElement(row) && 'conid' in row) found[name].push(row);
    }
    collect(value, found);
  }
}

function isElement(value: unknown): value is FlexAttributes {
  return typeof value === 'object' && value !== null;
}

/** The broker's Flex statement, an XML file: its rows about options that ended. */
import { readFileSync } from 'node:fs';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { InvalidInput, messageOf } from '../domain/errors.js';
import { type FlexAttributes, type FlexSettlement, flexSettlement } from '../domain/position/flex.js';

const ROWS = 'OptionEAE';

/** Throws InvalidInput for a file that cannot be read, is no Flex statement, or lacks the section. */
export function readFlexStatement(file: string): readonly FlexSettlement[] {
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
  const found: FlexAttributes[] = [];
  collect(parser.parse(text), found);
  if (!/<FlexQueryResponse[\s>]/.test(text))
    throw invalid('a Flex statement: its outermost element is FlexQueryResponse');
  if (found.length === 0) throw invalid('a statement with the section "Option Exercises, Assignments and Expirations"');
  try {
    return found.flatMap((row) => flexSettlement(row) ?? []);
  } catch (error) {
    if (error instanceof RangeError || error instanceof InvalidInput)
      throw invalid(`rows that can be read: ${error.message}`);
    throw error;
  }
}

/** Every element of the name at any depth: statements of several accounts, one or many rows. */
function collect(node: unknown, found: FlexAttributes[]): void {
  if (Array.isArray(node)) {
    for (const one of node) collect(one, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    const rows = Array.isArray(value) ? value : [value];
    for (const row of rows) if (name === ROWS && isElement(row) && 'conid' in row) found.push(row);
    collect(value, found);
  }
}

function isElement(value: unknown): value is FlexAttributes {
  return typeof value === 'object' && value !== null;
}

/**
 * The journal's copy of a message from outside: only its beginning, so that no client can fill the memory with it.
 */

const LONGEST_TEXT = 1_000;
const MOST_ROWS = 200;

type Fields = Readonly<Record<string, unknown>>;

/** The same fields with long texts and lists cut; the same object when nothing is long. */
export function clipped(fields: Fields): Fields {
  return Object.values(fields).some(isLong)
    ? Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cut(value)]))
    : fields;
}

function isLong(value: unknown): boolean {
  if (typeof value === 'string') return value.length > LONGEST_TEXT;
  return Array.isArray(value) && (value.length > MOST_ROWS || value.some(rowIsLong));
}

function rowIsLong(row: unknown): boolean {
  if (typeof row === 'object' && row !== null) return Object.values(row).some(isLong);
  return isLong(row);
}

function cut(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, LONGEST_TEXT);
  if (Array.isArray(value)) return value.slice(0, MOST_ROWS).map(cut);
  return typeof value === 'object' && value !== null ? clipped(value as Fields) : value;
}

/** Rows as comma-separated values (RFC 4180): a head, then one line per row; absent values are empty. */

export type Cell = string | number | null | undefined;

/** The lines, without a final line break. */
export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

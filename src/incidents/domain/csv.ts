/** Comma-separated values (RFC 4180) that a spreadsheet shows as they are: text that looks like a formula is made text. */

type Cell = string | number | null;

const FORMULA = /^[=+\-@\t\r]/;

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

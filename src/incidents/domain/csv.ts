/** Comma-separated values (RFC 4180) that a spreadsheet shows as they are: text that looks like a formula is made text. */

type Cell = string | number | null;

/**
 * What spreadsheets take for a formula: these characters, also full-width or behind blanks and characters without a shape,
 * and a leading tab or line break, which some of them drop.
 */
const FORMULA = /^[\s\p{Default_Ignorable_Code_Point}]*[=+\-@]|^[\t\r\n]/u;
const MINUS = /\u2212/g;
/** So far blanks are looked through; behind more of them every text counts as a formula. */
const BEGINNING = 256;
const ONLY_BLANKS = /^[\s\p{Default_Ignorable_Code_Point}]+$/u;

function isFormula(text: string): boolean {
  const beginning = text.slice(0, BEGINNING);
  if (text.length > BEGINNING && ONLY_BLANKS.test(beginning)) return true;
  return FORMULA.test(beginning) || FORMULA.test(beginning.normalize('NFKC').replace(MINUS, '-'));
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

/** Every text is quoted; numbers and empty cells are not. */
function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = isFormula(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}

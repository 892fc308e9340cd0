/**
 * Comma-separated values (RFC 4180) that are safe to open in a spreadsheet: a text that a spreadsheet would run as a
 * formula gets a leading apostrophe.
 */

type Cell = string | number | null;

/**
 * A text that spreadsheets read as a formula: it begins with one of these characters, possibly full-width, or after
 * blanks and invisible characters. A leading tab or line break counts too, because some spreadsheets drop it.
 */
const FORMULA = /^[\s\p{Default_Ignorable_Code_Point}]*[=+\-@]|^[\t\r\n]/u;
const MINUS = /\u2212/g;
/** Characters that are searched for a formula; a text with more leading blanks counts as a formula. */
const BEGINNING = 256;
const ONLY_BLANKS = /^[\s\p{Default_Ignorable_Code_Point}]+$/u;

function isFormula(text: string): boolean {
  const beginning = text.slice(0, BEGINNING);
  if (text.length > BEGINNING && ONLY_BLANKS.test(beginning)) return true;
  return FORMULA.test(beginning) || FORMULA.test(beginning.normalize('NFKC').replace(MINUS, '-'));
}

/** One line of a CSV file, with its line end. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

/** Quotes texts, but not numbers and empty cells. */
function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = isFormula(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}

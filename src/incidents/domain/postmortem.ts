/**
 * Restores the secrets that were masked for the author. Only administrators read them, so the text of another author
 * comes back with masked lines, and saving it as it is would destroy the secrets. Each line of `text` that equals a masked
 * line of `previous` is replaced by the original line, in the same order. `shown` is `previous` with its secrets masked.
 */
export function unmasked(text: string, previous: string, shown: string): string {
  if (shown === previous) return text;
  // A secret never spans lines, so both texts have the same number of lines.
  const masked = shown.split('\n');
  const hidden = new Map<string, string[]>();
  for (const [at, line] of previous.split('\n').entries()) {
    const form = masked[at] as string;
    if (form === line) continue;
    const lines = hidden.get(form);
    if (lines === undefined) hidden.set(form, [line]);
    else lines.push(line);
  }
  const taken = new Map<string, number>();
  return text
    .split('\n')
    .map((line) => {
      const lines = hidden.get(line);
      if (lines === undefined) return line;
      const at = taken.get(line) ?? 0;
      taken.set(line, at + 1);
      return lines[at] ?? line;
    })
    .join('\n');
}

/**
 * Puts back what was masked for the writer. Only administrators see secrets whole, so the text of anyone else comes back
 * with the masked form of the lines that hold one. Each line that equals the masked form of a line of `previous` becomes
 * that line again, in their order; otherwise saving would destroy it. `shown` is the masked form of `previous`.
 */
export function unmasked(text: string, previous: string, shown: string): string {
  if (shown === previous) return text;
  // A secret never spans lines, so both have the same lines.
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

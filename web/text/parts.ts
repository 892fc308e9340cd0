/** Texts of parts that several pages use. A translation is another folder of files like these. */
export const parts = {
  severity: { critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low' },
  state: { open: 'Unacknowledged', acknowledged: 'Acknowledged', in_progress: 'In progress', resolved: 'Resolved' },
  nobody: 'No one',
  close: 'Close',
  cancel: 'Cancel',
  loading: 'Loading',
  remove: 'remove',
  undo: 'Undo',
  previous: 'Previous page',
  next: 'Next page',
  pages: 'Pages',
  page: (page: number, of: number) => `Page ${count(page)} of ${count(of)}`,
  range: (from: number, to: number, total: number) => `${count(from)}–${count(to)} of ${count(total)}`,
  none: 'None',
  any: 'Any',
  request: (id: string) => `Request ${id.slice(0, 8)}`,
  tryAgain: 'Try again',
  leave: {
    title: 'Leave without saving?',
    text: 'What you changed here is not saved yet.',
    stay: 'Stay',
    go: 'Leave',
  },
  copy: 'Copy',
  copied: 'Copied',
  cut: (lines: number) => `Only the first ${count(lines)} lines are shown here.`,
  span: { title: 'When', from: 'From', to: 'Until' },
  optional: 'optional',
  now: 'now',
  milliseconds: (n: number) => `${n} ms`,
  tenths: (seconds: number) => `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`,
  seconds: (n: number) => `${n} s`,
  minutes: (n: number) => `${n} min`,
  hours: (n: number) => `${n} h`,
  days: (n: number) => `${count(n)} ${plural(n, 'day')}`,
  dueIn: (what: string, span: string) => `${what} in ${span}`,
  at: (instant: string) => `at ${instant}`,
};

/** Formats a whole number with separators: 12,480. */
export const count = (n: number): string => n.toLocaleString('en');
/** A small number as a word, for the start of a sentence. */
export const inWords = (n: number): string =>
  ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'][n] ?? count(n);
export const plural = (n: number, one: string, many = `${one}s`): string => (n === 1 ? one : many);

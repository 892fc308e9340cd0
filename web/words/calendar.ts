/** What the calendar of a team says. */
export const calendarWords = {
  range: (from: string, to: string) => `${from} to ${to}`,
  midnights: (place: string) => `${place} 00:00`,
  timeline: 'Timeline',
  chooseByKeys: 'Timeline. Arrows choose a span, Shift stretches it, Enter sets an override there.',
  chosen: (from: string, to: string, lane: string) => `${from} to ${to}, ${lane}`,
  roles: { primary: 'Primary', secondary: 'Secondary' },
  final: { primary: 'Final primary', secondary: 'Final secondary' },
  overrides: 'Overrides',
  nobody: 'Nobody',
  nobodyFor: (length: string) => `Nobody, ${length}`,
  without: (name: string) => `Without ${name}`,
  fromLayer: (name: string) => `${name} layer`,
  byOverride: 'override',
  planned: 'planned',
  kinds: {
    replace: (into = 'somebody', out = 'somebody') => `${into} for ${out}`,
    add: (into = 'somebody') => `${into} as well`,
    remove: (_?: string, out = 'somebody') => `Without ${out}`,
    takeover: (into?: string) => (into === undefined ? 'Nobody, planned' : `${into} takes over`),
  },
  block: (what: string, from: string, to: string, why: string) =>
    `${what}, ${from} to ${to}${why === '' ? '' : `, ${why}`}`,
  summary: (role: string, people: string, empty: string) => `${role}: ${people === '' ? 'nobody' : people}${empty}.`,
  emptyFrom: (from: string, more: number) => `; nobody from ${from}${more > 0 ? ` and ${more} more times` : ''}`,
  until: (said: string, last: string) => `${said} Until ${last}.`,
};

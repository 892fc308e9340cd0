/** Texts of the calendar. */
export const calendarWords = {
  range: (from: string, to: string) => `${from} to ${to}`,
  midnights: (place: string) => `${place} 00:00`,
  timeline: 'Timeline',
  byKeys: (movable: boolean) =>
    `Timeline. Arrows choose a span, Shift stretches it, Enter sets an override there.${
      movable
        ? ' O takes up an override, arrows move it, Home or End and arrows move its beginning or end, Enter puts it down.'
        : ''
    }`,
  chosen: (from: string, to: string, lane: string) => `${from} to ${to}, ${lane}`,
  held: {
    whole: (who: string, from: string, to: string) => `Moving ${who}: ${from} to ${to}`,
    start: (who: string, from: string, to: string) => `Moving the beginning of ${who}: ${from} to ${to}`,
    end: (who: string, from: string, to: string) => `Moving the end of ${who}: ${from} to ${to}`,
  },
  roles: { primary: 'Primary', secondary: 'Secondary' },
  final: { primary: 'Final primary', secondary: 'Final secondary' },
  overrides: 'Overrides',
  nobody: 'No one',
  nobodyFor: (length: string) => `No one, ${length}`,
  without: (name: string) => `Without ${name}`,
  fromLayer: (name: string) => `${name} layer`,
  byOverride: 'override',
  planned: 'planned',
  kinds: {
    replace: (into = 'a person', out = 'a person') => `${into} for ${out}`,
    add: (into = 'A person') => `${into} as well`,
    remove: (_?: string, out = 'a person') => `Without ${out}`,
    takeover: (into?: string) => (into === undefined ? 'No one, planned' : `${into} takes over`),
  },
  block: (what: string, from: string, to: string, why: string) =>
    `${what}, ${from} to ${to}${why === '' ? '' : `, ${why}`}`,
  summary: (role: string, people: string, empty: string) => `${role}: ${people === '' ? 'no one' : people}${empty}.`,
  emptyFrom: (from: string, more: number) => `; no one from ${from}${more > 0 ? ` and ${more} more times` : ''}`,
  until: (said: string, last: string) => `${said} Until ${last}.`,
};

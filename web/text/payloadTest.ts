import { count, plural } from './parts';

/** Texts of the test of a payload on the page of an integration. */
export const payloadTest = {
  open: 'Test a report',
  title: 'What would this report do?',
  verb: 'Test',
  text: 'Nothing is stored, and no one is paged.',
  payload: 'Body of the request',
  payloadHint: 'JSON as the tool sends it.',
  sample: 'Use the latest request',
  none: 'It holds no event.',
  leftOut: (n: number) => `${count(n)} more ${plural(n, 'event is', 'events are')} not shown.`,
  results: {
    incident: 'It reaches an incident.',
    muted: 'It is stored and muted: it pages no one.',
    held: 'It is stored and waits: it pages no one yet.',
    dropped: 'A rule drops it.',
    resolved: 'It ends its alert.',
    acknowledged: 'It acknowledges its incident.',
    unchanged: 'It changes nothing.',
  },
  opens: 'A new incident opens.',
  joins: 'It joins this incident.',
  team: (team: string) => `The incident belongs to ${team}.`,
  noTeam: 'No team owns the service.',
  policy: (team: string) => `The policy of ${team} pages.`,
  noPolicy: 'No one is paged.',
};

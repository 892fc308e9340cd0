/** The self-watch: the banner of every page, and its part of Admin, Channels. */
export const selfWatch = {
  title: 'Self-watch',
  text: 'A test alert walks through all modules and back, unseen. If it is late, the fallback is notified.',
  failing: (since: string) => `Test alerts do not arrive since ${since}.`,
  effect: (stuck: string | null) =>
    stuck === null ? 'Pages may be late or lost.' : `They are stuck at ${stuck}. Pages may be late or lost.`,
  state: { off: 'off', waiting: 'waiting for the first', passing: 'passes', failing: 'fails' },
  offHint: 'SELF_WATCH_SECONDS is 0.',
  stateOf: 'State',
  every: (span: string) => `every ${span}`,
  last: 'Last pass',
  took: (span: string) => `in ${span}`,
  none: 'none yet',
  stuck: 'Stuck at',
  unknown: 'not known',
  heartbeat: 'Outward heartbeat',
  notSet: 'HEARTBEAT_URL is not set, so no one notices if this server is away as a whole.',
  notSent: 'not sent yet',
  refused: (reason: string) => `not accepted (${reason})`,
};

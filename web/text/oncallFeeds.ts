/** Texts of calendar feeds. */
export const feedWords = {
  title: 'In your own calendar',
  ofTeam: (team: string) =>
    `A link by which a calendar program shows who is on call for ${team}: the last 15 days and the next 180, kept up to date.`,
  ofMine:
    'A link by which a calendar program shows your shifts in every team: the last 15 days and the next 180, kept up to date.',
  make: 'Make an iCal link',
  once: 'The link is shown once. It lets anyone read these shifts, so treat it like a password; revoke it at any time.',
  onceTitle: 'Your iCal link',
  subscribe: 'Subscribe in a calendar program',
  address: 'Address',
  link: 'iCal link',
  madeBy: (who: string) => `of ${who}`,
  leftBehind: (who: string) => `of ${who}, whose account is removed`,
  keyRevoked: (key: string) => `Ended: the API key ${key} was revoked`,
  made: 'made',
  lastRead: 'last read',
  neverRead: 'not read yet',
  revoke: 'Revoke',
  revoking: {
    title: 'Revoke this iCal link?',
    text: 'Calendar programs that read it get nothing more from now on.',
    verb: 'Revoke link',
    keep: 'Keep it',
    done: 'iCal link revoked',
  },
};

import { channelWords } from './channels';
import { plural } from './parts';

/**
 * Settings of channels that reach people, and of channels that reach rooms only: a few examples, since the channels
 * page lists all.
 */
const needsOf = (people: boolean): string =>
  Object.values(channelWords)
    .filter(({ forPeople = false }) => forPeople === people)
    .flatMap(({ needs = [] }) => needs)
    .sort()
    .slice(0, 3)
    .join(' or ');

export const shell = {
  skip: 'Skip to content',
  main: 'Main',
  jump: 'Search',
  more: 'More',
  unacknowledged: (n: number) => `unacknowledged ${plural(n, 'incident')}`,
  account: 'Account',
  logOut: 'Log out',
  theme: {
    light: 'light',
    dark: 'dark',
    system: 'as the system has it',
    turn: (is: string, then: string) => `Theme: ${is}. Change to ${then}`,
  },
  nav: {
    home: 'Home',
    incidents: 'Incidents',
    oncall: 'On call',
    alerts: 'Alerts',
    services: 'Services',
    analytics: 'Analytics',
    notifications: 'Notifications',
    integrations: 'Integrations',
    heartbeats: 'Heartbeats',
    silences: 'Silences',
    admin: 'Admin',
  },
  /** Names of the modules for people. */
  modules: {
    alerts: 'Alerts',
    incidents: 'Incidents',
    oncall: 'On call',
    notify: 'Notifications',
    gateway: 'Access',
  },
  live: 'Live',
  polled: 'Live, every 3 s',
  liveTitle: (at: string) => `Connected. Last update ${at}`,
  connecting: 'Connecting',
  stale: (at: string) => `Reconnecting, as of ${at}`,
  offline: (at: string) => `Offline, as of ${at}`,
  lost: (at: string) =>
    `Not connected since ${at}. What you see may be old; actions wait until the connection is back.`,
  neverConnected: 'Not connected. What you see may be old; actions wait until the connection is back.',
  seen: (at: string) => `Offline. This is what you last saw, at ${at}; actions wait until the connection is back.`,
  silent: (modules: string) => `${modules} does not answer at the moment. Its data may be old.`,
  channels: {
    text: {
      all: {
        title: 'No page reaches anyone.',
        set: `Set ${needsOf(true)} for people, ${needsOf(false)} for rooms, and restart the server.`,
      },
      people: {
        title: 'Pages reach rooms, but no person.',
        set: `Set ${needsOf(true)}, and restart the server.`,
      },
    },
    link: 'See Admin, Channels',
    ask: 'Ask an administrator.',
  },
  tryNow: 'Try now',
  waits: 'Waits until the connection is back',
  notFound: {
    title: 'There is no such page',
    text: 'The address is mistyped, or the page was removed.',
    home: 'Go home',
  },
  broken: {
    title: 'This page failed',
    text: 'Nothing was changed. Load it again; if it fails again, ask your administrator.',
    again: 'Load again',
  },
  updated: 'Tocsin was updated while this page was open.',
  keys: {
    title: 'Keys',
    everywhere: 'Everywhere',
    lists: 'In lists and on an incident',
    calendar: 'On a calendar',
    today: 'to today',
    earlier: 'earlier',
    later: 'later',
    closer: 'closer',
    wider: 'wider',
    span: 'choose a span in the drawing',
    lane: 'the same in another lane',
    stretch: 'stretch the span',
    override: 'set an override there',
    jump: 'search or jump to',
    help: 'all keys',
    create: 'new incident',
    search: 'search in this list',
    go: (where: string) => `go to ${where}`,
    down: 'next row',
    up: 'row before',
    choose: 'choose',
    open: 'open',
    acknowledge: 'acknowledge',
    resolve: 'resolve',
    escalate: 'escalate now',
    undo: 'undo the last change, for 10 s',
    note: 'add a note',
    back: 'close, or leave the field',
    off: 'Single keys are off',
    on: 'Single keys act at once',
  },
  palette: {
    label: 'Search or jump to',
    results: 'Results',
    none: 'Nothing matches. Try a service, a title or a page.',
    kinds: { page: 'Page', action: 'Action', incident: 'Incident', service: 'Service', person: 'Person', team: 'Team' },
  },
};

/** A problem as a sentence; the caller adds the request id. */
export const refusal = {
  offline: 'The server cannot be reached. Nothing was changed.',
  internal: 'The server failed, and the change may not be saved. Try again, and report the request if it fails again.',
};

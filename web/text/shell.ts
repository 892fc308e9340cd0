import { channelWords } from './channels';
import { plural } from './parts';

/** What to set for channels that reach people, or rooms only: a few of the variables, since the page of channels has all. */
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
    admin: 'Admin',
  },
  /** What each part of the server is called by people. */
  modules: {
    alerts: 'Alerts',
    incidents: 'Incidents',
    oncall: 'On call',
    notify: 'Notifications',
    gateway: 'Access',
  },
  live: 'Live',
  polled: 'Live, every 3 s',
  liveTitle: (at: string) => `Connected. Last heard ${at}`,
  connecting: 'Connecting',
  stale: (at: string) => `Reconnecting, as of ${at}`,
  offline: (at: string) => `Offline, as of ${at}`,
  lost: (at: string) =>
    `Not connected since ${at}. What you see may be old; actions wait until the connection is back.`,
  neverConnected: 'Not connected. What you see may be old; actions wait until the connection is back.',
  seen: (at: string) => `Offline. This is what you last saw, at ${at}; actions wait until the connection is back.`,
  silent: (modules: string) => `${modules} does not answer at the moment. What is shown of it may be old.`,
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
    text: 'The address may be mistyped, or what was here is gone.',
    home: 'Go home',
  },
  broken: {
    title: 'This page failed',
    text: 'Nothing was changed. Load it again; if it fails again, tell whoever runs Tocsin.',
    again: 'Load again',
  },
  updated: 'Tocsin was updated underneath this page.',
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

/** A refusal as a sentence; the request id is added by whoever shows it. */
export const refusal = {
  offline: 'The server cannot be reached. Nothing was changed.',
  internal: 'The server failed at this. Nothing may be lost; try again, and report the request if it fails again.',
};

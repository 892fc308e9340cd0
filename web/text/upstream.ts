import { count, plural } from './parts';

/** The words of alerts that the incident of an upstream affects. */
export const upstream = {
  affected: 'Affected',
  by: (title: string) => `Affected by ${title}`,
  heldBy: (title: string) => `Held by the incident ${title}`,
  ended: (title: string) => `Affected by ${title}, until`,
  pages: 'Its service depends on the service of that incident, so it pages no one.',
  waits: (services: string) => `Waits for an incident of ${services} until`,
  waited: (services: string) => `Waited for an incident of ${services} until`,
  incident: 'Open incident',
  list: {
    title: 'Affected services',
    alerts: (n: number) => `${count(n)} ${plural(n, 'alert')}`,
    text: 'Their alerts page no one while a person works on this incident.',
    all: 'All affected alerts',
  },
};

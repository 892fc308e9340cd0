import { inWords, plural } from './parts';

export const services = {
  title: 'Services',
  below: (n: number) =>
    `${inWords(n)} ${plural(n, 'service')} with an owner. A service that is not here belongs to the team of its own name, if there is one.`,
  add: 'Set owner',
  columns: { service: 'Service', team: 'Owner', actions: 'Actions' },
  incidents: 'Incidents',
  alerts: 'Alerts',
  edit: 'Change owner',
  forget: 'Forget',
  dialog: {
    add: 'Who owns which service?',
    edit: (service: string) => `Who owns ${service}?`,
    verb: 'Set owner',
    service: 'Service',
    serviceHint: 'As alerts name it, such as checkout',
    team: 'Team',
    done: (service: string, team: string) => `${service} belongs to ${team}`,
  },
  forgetting: {
    title: (service: string) => `Forget who owns ${service}?`,
    text: 'From then on its own name decides: a team that is called so owns it, or nobody does.',
    verb: 'Forget owner',
    keep: 'Keep it',
    done: (service: string) => `The owner of ${service} is forgotten`,
  },
  none: { title: 'No service has an owner yet', text: 'An incident pages the team that owns its service.' },
  noMatch: { title: 'No service matches', text: 'Try a part of its name, or of its team.' },
  filter: 'Filter services',
  search: 'Search services',
  searchHint: 'Service or team',
  noTeams: {
    title: 'There is no team yet',
    text: 'A service belongs to a team with a schedule.',
    go: 'Make a schedule',
  },
};

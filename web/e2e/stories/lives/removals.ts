import type { Visit } from '../../../testing/visit';
import { type Change, item, row, said } from './change';

/** The id of the item with this name in a list. */
async function idOf(ask: Visit['ask'], path: string, list: string, name: string): Promise<string> {
  const all = (await ask<Record<string, Record<string, string>[]>>('GET', path))[list];
  const one = all?.find((each) => Object.values(each).includes(name));
  if (one === undefined) throw new Error(`${path} knows no ${name}.`);
  return one['id'] as string;
}

/** Removals by another person: present before the change, absent after it. */
export const REMOVALS: Change[] = [
  {
    name: 'incidents that are open: one that is resolved',
    path: '/incidents?status=open',
    change: async ({ ask }) => {
      const id = await idOf(ask, '/api/v1/incidents?q=coffee', 'incidents', 'Coffee is out');
      await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'resolved' });
    },
    seen: row('Coffee is out'),
  },
  {
    name: 'on call now: an override that is ended',
    path: '/oncall',
    change: ({ ask }) => ask('DELETE', '/api/v1/oncall/override/harbour'),
    seen: said('Eli Sand'),
  },
  {
    name: 'a policy that is given up for the default',
    path: '/oncall/harbour/policy',
    change: ({ ask }) => ask('DELETE', '/api/v1/policies/harbour'),
    seen: said(/harbour-master/),
  },
  {
    name: 'schedules: one that is deleted',
    path: '/oncall?tab=schedules',
    change: ({ ask }) => ask('DELETE', '/api/v1/schedules/bridge'),
    seen: said('bridge'),
  },
  {
    name: 'services: an owner that is removed',
    path: '/services',
    change: ({ ask }) => ask('DELETE', '/api/v1/services/foghorn'),
    seen: row('foghorn'),
  },
  {
    name: 'integrations: a key that works still',
    path: '/integrations',
    change: async ({ ask }) =>
      ask('DELETE', `/api/v1/integrations/${await idOf(ask, '/api/v1/integrations', 'integrations', 'Cellar')}`),
    seen: (page) => item('Cellar')(page).filter({ hasNotText: 'Revoked' }),
  },
  {
    name: 'rules: one that is deleted',
    path: '/rules',
    change: async ({ ask }) =>
      ask('DELETE', `/api/v1/rules/${await idOf(ask, '/api/v1/rules', 'rules', 'Attic drips')}`),
    seen: (page) => page.locator('main li', { hasText: 'Attic drips' }).first(),
  },
  {
    name: 'keys: one that works still',
    path: '/admin?tab=keys',
    change: async ({ ask }) =>
      ask('DELETE', `/api/v1/api-keys/${await idOf(ask, '/api/v1/api-keys', 'api_keys', 'tide tables')}`),
    seen: (page) => row('tide tables')(page).getByRole('button'),
  },
  {
    name: 'users: one that is removed',
    path: '/admin',
    change: async ({ ask }) => ask('DELETE', `/api/v1/users/${await idOf(ask, '/api/v1/users', 'users', 'gil')}`),
    seen: row('gil'),
  },
];

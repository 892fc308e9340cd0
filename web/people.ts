import { ports } from './ports';
import { learnPeople } from './ui/identity';
import { useQuery } from './useQuery';

/** All people who can be paged; their names are remembered, so that each person has one colour. */
export const usePeople = () =>
  useQuery(
    'people',
    async () => {
      const people = await ports.oncall.people({});
      learnPeople(people);
      return people;
    },
    { modules: ['oncall'] },
  );

const MOST_USERS = 200;

/** Remembers which address belongs to a user name; for administrators, because only they may list users. */
export const useUsers = () =>
  useQuery(
    'users',
    async () => {
      const { users } = await ports.gateway.listUsers({ per_page: MOST_USERS });
      learnPeople(users.map(({ username, email }) => ({ name: username, email })));
      return users;
    },
    { modules: ['gateway'], by: ({ kind }) => kind.startsWith('user') },
  );

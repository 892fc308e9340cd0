import { ports } from './ports';
import { learnPeople } from './ui/identity';
import { useQuery } from './useQuery';

/** Everyone who can be paged; their names are learned, so that each has one colour. */
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

/** Learns whose address a user name leads to; for administrators, who alone may list the users. */
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

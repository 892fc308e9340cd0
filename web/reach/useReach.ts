import { ports } from '../ports';
import { useQuery } from '../useQuery';

/** The contact methods of a person, and the channels that they can have. */
export const useReach = (person: string) => ({
  asked: useQuery(`contact-methods-${person}`, () => ports.notify.contactMethods({ person }), { modules: ['notify'] }),
  channels: useQuery('channels', () => ports.notify.channels({}), { modules: ['notify'] }),
});

export type Reach = ReturnType<typeof useReach>;

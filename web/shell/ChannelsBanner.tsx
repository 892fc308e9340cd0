import { useEffect } from 'preact/hooks';
import { ports } from '../ports';
import { role } from '../session';
import { shell } from '../text/shell';
import { keepHere, keptHere } from '../theme';
import { Banner } from '../ui/card';
import { useQuery } from '../useQuery';

const KEPT = 'channels';
type Missing = 'people' | 'all';
const isMissing = (text: string | null): text is Missing => text === 'people' || text === 'all';

/** Channels are configured by the environment: they change with a restart of the server, and then the stream is lost. */
const BY_RESTART = { modules: ['notify'], by: () => false } as const;

/**
 * On every page, for every role, until a channel that reaches people is configured. The last answer is kept, so that a
 * page that loads draws the banner at once and moves nothing.
 */
export function ChannelsBanner() {
  const asked = useQuery('channels', () => ports.notify.channels({}), BY_RESTART);
  const missing = missingOf(asked.value, keptHere(KEPT));
  const known = asked.value !== undefined;
  useEffect(() => {
    if (known) keepHere(KEPT, missing);
  }, [known, missing]);
  if (missing === null) return null;
  const { text, link, ask } = shell.channels;
  return (
    <Banner tone="warn">
      <strong>{text[missing].title}</strong> {text[missing].set}{' '}
      {role.value === 'admin' ? <a href="/admin?tab=channels">{link}</a> : ask}
    </Banner>
  );
}

interface Reachable {
  can_reach_people: boolean;
  can_reach_rooms: boolean;
}

/** What cannot be reached: people, or people and rooms; null if people can. Until the server answers, what it said last. */
export function missingOf(answer: Reachable | undefined, kept: string | null): Missing | null {
  if (answer === undefined) return isMissing(kept) ? kept : null;
  if (answer.can_reach_people) return null;
  return answer.can_reach_rooms ? 'people' : 'all';
}

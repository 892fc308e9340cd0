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

/** Channels are configured by the environment, so they change only with a restart, which also ends the stream. */
const BY_RESTART = { modules: ['notify'], by: () => false } as const;

/**
 * Shown on every page, to every role, until a channel that reaches people is configured. The last answer is stored, so
 * that a new page draws the banner at once and does not move.
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

/** The recipients without a channel: people, or people and rooms; null if people have one. First the stored answer. */
export function missingOf(answer: Reachable | undefined, kept: string | null): Missing | null {
  if (answer === undefined) return isMissing(kept) ? kept : null;
  if (answer.can_reach_people) return null;
  return answer.can_reach_rooms ? 'people' : 'all';
}

import { useEffect, useState } from 'preact/hooks';
import { ports } from '../ports';
import { role } from '../session';
import { shell } from '../text/shell';
import { keepHere, keptHere } from '../theme';
import { Banner } from '../ui/card';
import { useQuery } from '../useQuery';

const KEPT = 'channels';
type Missing = 'people' | 'all';
const isMissing = (text: string | null): text is Missing => text === 'people' || text === 'all';

/** What configures a channel, or makes it work for the first time. */
const KINDS = ['channel_settings_changed', 'channel_restored', 'notification_sent'];
const MISSING = { modules: ['notify'], by: ({ kind }: { kind: string }) => KINDS.includes(kind) } as const;
const CONFIGURED = { modules: ['notify'], by: ({ kind }: { kind: string }) => kind === KINDS[0] } as const;

/**
 * Shown on every page, to every role, until a channel that reaches people is configured, and while stored settings are lost.
 * The last answer is stored, so that a new page draws the banner at once and does not move.
 */
export function ChannelsBanner() {
  const [some, expect] = useState(false);
  const asked = useQuery('channels', () => ports.notify.channels({}), some ? MISSING : CONFIGURED);
  const missing = missingOf(asked.value, keptHere(KEPT));
  const known = asked.value !== undefined;
  useEffect(() => {
    expect(missing !== null);
    if (known) keepHere(KEPT, missing);
  }, [known, missing]);
  const { text, link, ask, lost, lostEffect } = shell.channels;
  const names = asked.value?.lost_settings.join(', ') ?? '';
  const onward = role.value === 'admin' ? <a href="/admin?tab=channels">{link}</a> : ask;
  return (
    <>
      {names !== '' && (
        <Banner tone="bad">
          <strong>{lost(names)}</strong> {lostEffect} {onward}
        </Banner>
      )}
      {missing !== null && (
        <Banner tone="warn">
          <strong>{text[missing].title}</strong> {text[missing].set} {onward}
        </Banner>
      )}
    </>
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

import { useEffect, useRef } from 'preact/hooks';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { reach } from '../text/reach';
import { reachRules } from '../text/reachRules';
import { Skeleton } from '../ui/card';
import { Code } from '../ui/code';
import { Dialog } from '../ui/dialog';
import { At } from '../ui/time';
import { clock } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import type { Method } from './methods';

const { link: words } = reachRules;

/** Shows the text that links an account of a chat, until a message with it has arrived. */
export function LinkAccount({ methods, onClose }: { methods: readonly Method[]; onClose(): void }) {
  const asked = useQuery('account link', () => ports.notify.linkAccount({}));
  const before = useRef(new Set(methods.map(({ id }) => id)));
  const linked = methods.find(({ id }) => !before.current.has(id));
  useEffect(() => {
    if (linked === undefined) return;
    say(words.done(reach.channelOf(linked.channel)));
    onClose();
  }, [linked]);
  const of = asked.value;
  return (
    <Dialog title={words.title} onClose={onClose}>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!of && !asked.problem && <Skeleton rows={2} />}
      {of?.channels.length === 0 && <p>{words.none}</p>}
      {of && of.channels.length > 0 && (
        <>
          <p class="second">{words.text}</p>
          {of.channels.map(({ channel, title, send }) => (
            <Code key={channel} label={words.in(title)}>
              {send}
            </Code>
          ))}
          <p class="row second" role="status">
            <span class="live stale">{words.waiting}</span>
          </p>
          <p class="small muted">
            <At at={of.expires_at}>{words.until(clock(of.expires_at))}</At>
          </p>
        </>
      )}
    </Dialog>
  );
}

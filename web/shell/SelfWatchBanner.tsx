import { ports } from '../ports';
import { selfWatch as words } from '../text/selfWatch';
import { shell } from '../text/shell';
import { Banner } from '../ui/card';
import { when } from '../ui/times';
import { useQuery } from '../useQuery';

/** A gateway that cannot record the event of an outage is asked again. */
const EVERY_MS = 60_000;

/** Shown on every page, to every role, while the test alerts of the self-watch are late or lost. */
export function SelfWatchBanner() {
  const { value } = useQuery('self-watch', () => ports.gateway.selfWatch({}), {
    modules: ['gateway'],
    by: ({ kind }) => kind.startsWith('self_watch.'),
    everyMs: EVERY_MS,
  });
  if (!value?.failing_since) return null;
  return (
    <Banner tone="bad">
      <strong>{words.failing(when(value.failing_since))}</strong>{' '}
      {words.effect(value.stuck_at && shell.modules[value.stuck_at])}
    </Banner>
  );
}

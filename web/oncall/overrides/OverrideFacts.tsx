import { useState } from 'preact/hooks';
import { sentenceOf } from '../../live/problems';
import { ports, problemOf } from '../../ports';
import { Button } from '../../ui/button';
import { Facts } from '../../ui/card';
import { Dialog } from '../../ui/dialog';
import { now } from '../../ui/times';
import { say } from '../../ui/toast';
import { calendarWords } from '../../words/calendar';
import { overrideWords as words } from '../../words/oncallTeam';
import type { OverrideShown } from '../calendar/model';
import { stamp } from '../calendar/names';

/** One override: what it does, why, and the way to end it. A running one is ended now, a coming one never happens. */
interface OverrideFactsProps {
  of: OverrideShown;
  zone: string;
  may: boolean;
  onClose(): void;
  onGone(): void;
}

export function OverrideFacts({ of, zone, may, onClose, onGone }: OverrideFactsProps) {
  const [busy, setBusy] = useState(false);
  const at = now.value;
  const over = Date.parse(of.ends_at) <= at;
  const running = !over && Date.parse(of.starts_at) <= at;
  const end = async () => {
    setBusy(true);
    try {
      await ports.oncall.deleteOverride({ id: of.id });
      say(running ? words.ended : words.removed);
      onGone();
    } catch (error) {
      say(sentenceOf(problemOf(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.detail} onClose={onClose}>
      <Facts
        of={[
          [words.facts.kind, calendarWords.kinds[of.kind](of.in?.name, of.out?.name)],
          ...(of.role === null ? [] : [[words.facts.role, words.roles[of.role]] as const]),
          ...(of.layer === null ? [] : [[words.facts.layer, of.layer] as const]),
          [words.facts.from, stamp(zone, Date.parse(of.starts_at))],
          [words.facts.to, stamp(zone, Date.parse(of.ends_at))],
          ...(of.reason === null ? [] : [[words.facts.reason, of.reason] as const]),
        ]}
      />
      {over ? (
        <p class="small muted">{words.over}</p>
      ) : (
        may && (
          <div>
            <Button danger busy={busy} onClick={() => void end()}>
              {running ? words.endNow : words.remove}
            </Button>
          </div>
        )
      )}
    </Dialog>
  );
}

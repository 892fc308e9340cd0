import { useState } from 'preact/hooks';
import type { Problem } from '../../../src/kernel/ports/problem';
import { ProblemBanner, sentenceOf } from '../../live/problems';
import { faultsOf, ports, problemOf } from '../../ports';
import { calendarWords } from '../../text/calendar';
import { overrideWords as words } from '../../text/oncallTeam';
import { Button } from '../../ui/button';
import { Facts } from '../../ui/card';
import { Dialog } from '../../ui/dialog';
import { now } from '../../ui/times';
import { say } from '../../ui/toast';
import { stamp, stampBoth } from '../calendar/format';
import type { OverrideShown } from '../calendar/lanesFromShifts';
import { instantOfLocal, localAt } from '../calendar/zones';
import { SpanFields } from './SpanFields';
import { askMove } from './useMovePreview';

/**
 * One override: its effect, reason and times, and a button to end it. A running override ends now, a coming one is
 * cancelled. Its times can be edited without dragging.
 */
interface OverrideFactsProps {
  of: OverrideShown;
  zone: string;
  otherZone?: string | null;
  may: boolean;
  onClose(): void;
  onGone(): void;
}

export function OverrideFacts({ of, zone, otherZone = null, may, onClose, onGone }: OverrideFactsProps) {
  const at = now.value;
  const over = Date.parse(of.ends_at) <= at;
  const begun = Date.parse(of.starts_at) <= at;
  const times = useTimes(of, zone, onGone);
  const editable = may && !over;
  return (
    <Dialog
      title={words.detail}
      onClose={onClose}
      busy={times.busy}
      {...(editable && { verb: words.change, onSubmit: () => void times.submit() })}
    >
      {times.problem !== null && <ProblemBanner problem={times.problem} />}
      <Facts of={factsOf(of, editable ? null : (instant) => stampBoth(zone, otherZone, Date.parse(instant)))} />
      {editable && (
        <SpanFields
          of={times.span}
          zone={zone}
          otherZone={otherZone}
          faults={times.faults}
          begun={begun}
          onChange={times.change}
        />
      )}
      {over && <p class="small muted">{words.over}</p>}
      {editable && <End of={of} running={begun} onGone={onGone} />}
    </Dialog>
  );
}

/** The description, with the times if no fields show them. */
const factsOf = (of: OverrideShown, said: ((instant: string) => string) | null): (readonly [string, string])[] => [
  [words.facts.kind, calendarWords.kinds[of.kind](of.in?.name, of.out?.name)],
  ...(of.role === null ? [] : [[words.facts.role, words.roles[of.role]] as const]),
  ...(of.layer === null ? [] : [[words.facts.layer, of.layer] as const]),
  ...(said === null
    ? []
    : [[words.facts.from, said(of.starts_at)] as const, [words.facts.to, said(of.ends_at)] as const]),
  ...(of.reason === null ? [] : [[words.facts.reason, of.reason] as const]),
];

/**
 * The times during editing. A time that was not edited is sent unchanged, also in an hour that a clock change repeats.
 */
function useTimes(of: OverrideShown, zone: string, onMoved: () => void) {
  const was = { from: localAt(zone, Date.parse(of.starts_at)), to: localAt(zone, Date.parse(of.ends_at)) };
  const [span, setSpan] = useState(was);
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState<'times' | 'order' | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const instantAt = (end: 'from' | 'to', stays: string): number =>
    span[end] === was[end] ? Date.parse(stays) : instantOfLocal(zone, span[end]);
  return {
    ...{ span, busy, problem },
    faults: {
      ...(problem !== null && faultsOf(problem)),
      ...(missing !== null && { [missing]: words.faults[missing] }),
    },
    change: (part: Partial<typeof was>) => setSpan((all) => ({ ...all, ...part })),
    async submit(): Promise<void> {
      const fault = span.from === '' || span.to === '' ? 'times' : span.from >= span.to ? 'order' : null;
      setMissing(fault);
      if (fault !== null) return;
      setBusy(true);
      try {
        const to = { from: instantAt('from', of.starts_at), to: instantAt('to', of.ends_at) };
        await askMove(of, to);
        say(words.moved(stamp(zone, to.from), stamp(zone, to.to)));
        onMoved();
      } catch (error) {
        setProblem(problemOf(error));
        setBusy(false);
      }
    },
  };
}

function End({ of, running, onGone }: { of: OverrideShown; running: boolean; onGone(): void }) {
  const [busy, setBusy] = useState(false);
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
    <div>
      <Button danger busy={busy} onClick={() => void end()}>
        {running ? words.endNow : words.remove}
      </Button>
    </div>
  );
}

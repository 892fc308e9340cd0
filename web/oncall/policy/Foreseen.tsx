import '../oncall.css';
import type { Ports } from '../../ports';
import { foreseenWords } from '../../text/foreseen';
import { previewWords as words } from '../../text/policy';
import { At } from '../../ui/time';
import { span, when } from '../../ui/times';
import { type ForeseenPerson, linesOf } from './foreseenLines';
import { saidWhy } from './sentences';

type Preview = Awaited<ReturnType<Ports['incidents']['previewEscalation']>>;
type Step = Preview['steps'][number];

/** The steps of an escalation that no one acknowledges: when each runs, and how its people are reached. */
export function Foreseen({ of }: { of: Preview }) {
  const first = of.steps.filter(({ round }) => round === 0);
  const later = of.steps.filter(({ round }) => round > 0);
  return (
    <>
      <Steps of={first} opened={of.at} />
      {later.length > 0 && (
        <details>
          <summary class="pad small">{words.rounds(later[0]?.round ?? 1, later.at(-1)?.round ?? 1)}</summary>
          <Steps of={later} opened={of.at} />
        </details>
      )}
      <p class="pad small second">
        {words.exhausted(when(of.exhausted_at))} {of.again_at !== null && words.again(when(of.again_at))}
      </p>
    </>
  );
}

const Steps = ({ of, opened }: { of: readonly Step[]; opened: string }) => (
  <ol class="ladder">
    {of.map((step) => (
      <li key={`${step.round} ${step.step} ${step.at}`}>
        <span class={step.at === opened ? 'rung done' : 'rung'} aria-hidden="true">
          {step.step}
        </span>
        <div>
          <Told of={step} />
          <div class="small muted">{saidWhy(step.why)}</div>
        </div>
        <div class="small second">
          <At at={step.at}>{when(step.at)}</At> <span class="muted">{after(opened, step.at)}</span>
        </div>
      </li>
    ))}
  </ol>
);

function after(opened: string, at: string): string {
  const seconds = (Date.parse(at) - Date.parse(opened)) / 1_000;
  return seconds <= 0 ? words.now : words.after(span(seconds));
}

/** A line per person or room: by which methods and when, or why not. */
function Told({ of: { told } }: { of: Step }) {
  if (told.length === 0) return <strong class="muted">{words.nobody}</strong>;
  return (
    <ul>
      {linesOf(told).map((person) => (
        <li key={person.key}>
          <strong>{person.name}</strong> <Methods of={person} />
        </li>
      ))}
    </ul>
  );
}

function Methods({ of: { methods, whyNot, unknown, heldUntil } }: { of: ForeseenPerson }) {
  if (unknown) return <span class="muted">{foreseenWords.unknown}</span>;
  if (methods.length === 0) return <span class="worse">{foreseenWords.unreachable(whyNot)}</span>;
  const said = methods.map(({ channels, afterMinutes }) => foreseenWords.by(channels, afterMinutes)).join(', ');
  return (
    <>
      {said}
      {heldUntil !== null && <span class="muted"> {foreseenWords.held(when(heldUntil))}</span>}
    </>
  );
}

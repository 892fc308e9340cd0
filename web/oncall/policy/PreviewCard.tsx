import { useLocation } from 'preact-iso';
import { ProblemBanner } from '../../live/problems';
import { type Ports, ports } from '../../ports';
import { parts } from '../../text/parts';
import { previewWords as words } from '../../text/policy';
import { Card, Skeleton } from '../../ui/card';
import { SelectField, TextField } from '../../ui/field';
import { At } from '../../ui/time';
import { HERE, span, when } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { instantOfLocal } from '../calendar/zones';
import { useDebounced } from '../useDebounced';
import { isWhole, type Policy } from './draft';
import { saidWhy } from './sentences';

/** A preview of an incident that no one acknowledges, computed by the server. Nothing is sent. */

type Preview = Awaited<ReturnType<Ports['incidents']['previewEscalation']>>;
type Step = Preview['steps'][number];

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
type Severity = (typeof SEVERITIES)[number];
const isLocal = (text: string | undefined): text is string => /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text ?? '');

interface PreviewCardProps {
  team: string;
  /** The version of the stored policy; a new version loads a new preview. */
  policy: string;
  /** The draft during editing; then the preview follows the draft before it is saved. */
  draft: Policy | null;
}

export function PreviewCard({ team, policy, draft }: PreviewCardProps) {
  const { query, path, route } = useLocation();
  const severity: Severity = SEVERITIES.find((each) => each === query['severity']) ?? 'critical';
  const local = isLocal(query['at']) ? query['at'] : '';
  const at = local === '' ? undefined : new Date(instantOfLocal(HERE, local)).toISOString();
  const settled = useDebounced(draft);
  const lacks = settled !== null && !isWhole(settled);
  const about = { team, severity, ...(at !== undefined && { at }) };
  const asked = useQuery(
    lacks ? null : `foreseen ${team} ${settled === null ? policy : JSON.stringify(settled)} ${severity} ${at}`,
    () =>
      settled === null
        ? ports.incidents.previewEscalation(about)
        : ports.incidents.previewDraft({ ...about, policy: settled }),
    { modules: ['oncall'] },
  );
  const go = (change: Record<string, string>) => {
    const next = new URLSearchParams({ severity, at: local, ...change });
    if (next.get('severity') === 'critical') next.delete('severity');
    if (next.get('at') === '') next.delete('at');
    route(next.size === 0 ? path : `${path}?${next}`, true);
  };
  const { value, problem } = asked;
  const working = asked.turning || settled !== draft;
  const incomplete = lacks || (settled !== null && problem?.kind === 'invalid');
  const title = words.title(parts.severity[severity], value === undefined ? '' : when(value.at));
  return (
    <Card
      title={title}
      end={
        <span class="muted">
          {working && !incomplete ? words.working : settled === null ? words.nothingSent : words.ifSaved}
        </span>
      }
    >
      <div class="pad fields times">
        <SelectField
          label={words.severity}
          name="severity"
          value={severity}
          choices={SEVERITIES.map((each) => ({ value: each, text: parts.severity[each] }))}
          onChange={({ currentTarget }) => go({ severity: currentTarget.value })}
        />
        <TextField
          label={words.at}
          name="at"
          type="datetime-local"
          optional
          value={local}
          hint={words.atHint(HERE)}
          onChange={({ currentTarget }) => go({ at: currentTarget.value })}
        />
      </div>
      {incomplete ? (
        <p class="pad second">{words.incomplete}</p>
      ) : (
        <>
          {problem !== null && (
            <div class="pad">
              <ProblemBanner problem={problem} onAgain={asked.again} />
            </div>
          )}
          {value === undefined ? problem === null && <Skeleton rows={3} /> : <Foreseen of={value} />}
        </>
      )}
    </Card>
  );
}

function Foreseen({ of }: { of: Preview }) {
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

/** A line per person or room: the channel, and if it reaches them. */
function Told({ of: { told } }: { of: Step }) {
  if (told.length === 0) return <strong class="muted">{words.nobody}</strong>;
  return (
    <ul>
      {told.map(({ name, channel, recipient, reachable }) => (
        <li key={`${channel} ${recipient}`}>
          <strong>{name}</strong> {reachable ? words.by(channel) : <span class="worse">{words.unreachable}</span>}
        </li>
      ))}
    </ul>
  );
}

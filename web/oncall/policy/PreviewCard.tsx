import { useLocation } from 'preact-iso';
import { ProblemBanner } from '../../live/problems';
import { ports } from '../../ports';
import { parts } from '../../text/parts';
import { previewWords as words } from '../../text/policy';
import { Card, Skeleton } from '../../ui/card';
import { SelectField, TextField } from '../../ui/field';
import { HERE, when } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { instantOfLocal } from '../calendar/zones';
import { useDebounced } from '../useDebounced';
import { isWhole, type Policy } from './draft';
import { Foreseen } from './Foreseen';

/** A preview of an incident that no one acknowledges, computed by the server. Nothing is sent. */

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

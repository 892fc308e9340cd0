import type { ComponentChildren } from 'preact';
import type { Incident } from '../../src/incidents/contract';
import { isLive } from '../live/connection';
import { incidents as words } from '../text/incidents';
import { parts } from '../text/parts';
import { Person, SeverityMark, StatePill } from '../ui/icons';
import { Age } from '../ui/time';
import { clock, countdown, now } from '../ui/times';
import { acknowledgedSoFar, isBusy } from './incidentActions';

/** The cells of an incident's row: severity, title with its service, state, person, age. */

export const hrefOfIncident = (id: string): string => `/incidents/${id}`;

/** The title without a prefix that repeats other cells: `[HIGH] checkout: …`. */
export function titleOf({ title, severity, service }: Pick<Incident, 'title' | 'severity' | 'service'>): string {
  const said = `[${severity.toUpperCase()}] ${service}: `;
  return title.startsWith(said) && title.length > said.length ? title.slice(said.length) : title;
}

/** The time of the next page: a countdown while live, an instant otherwise. */
export function NextPage({ of }: { of: Incident }) {
  const { escalation, status } = of;
  if (escalation === null || (status !== 'open' && acknowledgedSoFar(of) === null)) return null;
  if (escalation.state === 'exhausted') return <span>{words.exhausted}</span>;
  const at = escalation.next_step_at;
  if (at === null) return null;
  return (
    <span class="nowrap">
      {words.nextPage} {isLive.value ? countdown((Date.parse(at) - now.value) / 1_000) : parts.at(clock(at))}
    </span>
  );
}

export interface RowProps {
  incident: Incident;
  at?: boolean;
  chosen?: boolean;
  fresh?: boolean;
  /** Still shown, although the list does not contain it any more. */
  left?: boolean;
  /** The cells before the severity. */
  before?: ComponentChildren;
  full?: boolean;
}

export function IncidentRow(props: RowProps) {
  const { incident, at = false, chosen = false, fresh = false, left = false, before, full = false } = props;
  const { id, severity, service, status, assigned_to, assignee_email, alert_count } = incident;
  const { created_at, resolved_at } = incident;
  const soFar = acknowledgedSoFar(incident);
  const classes = [`is-${status}`, at ? 'at' : '', fresh ? 'fresh' : '', left ? 'left' : ''].filter(Boolean).join(' ');
  return (
    <tr class={classes} aria-selected={chosen ? true : undefined} data-row={id}>
      {before}
      <td class="c-sev">
        <SeverityMark of={severity} quiet={!full} />
      </td>
      <td class="c-what">
        <a class="t" href={hrefOfIncident(id)}>
          {titleOf(incident)}
        </a>
        <div class="small muted dots">
          <span>
            {full ? <span class="narrow">{parts.severity[severity]} · </span> : `${parts.severity[severity]} · `}
            {service}
          </span>
          {soFar && <span>{words.soFar(soFar.count, soFar.wanted)}</span>}
          {incident.flapping && <span>{words.flapping}</span>}
          {left && <span>{words.left}</span>}
          {full && alert_count > 0 && <span class="wide">{words.alerts(alert_count)}</span>}
        </div>
      </td>
      <td class="c-state">
        <StatePill of={status} busy={isBusy(id)} />
      </td>
      <td class="c-who">
        <Person name={assigned_to} email={assignee_email} />
      </td>
      {full && (
        <td class="c-off c-next small muted">
          <NextPage of={incident} />
        </td>
      )}
      <td class="c-age num nowrap">
        <Age at={created_at} until={full ? null : resolved_at} />
      </td>
    </tr>
  );
}

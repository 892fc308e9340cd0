import type { Alert } from '../../src/alerts/contract';
import { alerts as words } from '../text/alerts';
import { silences } from '../text/silences';
import { Badge } from '../ui/icons';
import { At } from '../ui/time';
import { when } from '../ui/times';
import { AffectedMark } from './Affected';
import { WaitingMark } from './Waiting';

/** Whether the alert still fires, and whether its incident is resolved although it does. */
export const AlertState = ({
  of: { status, incident_state: state, muted, affected_by, waiting, flapping },
}: {
  of: Pick<Alert, 'status' | 'incident_state' | 'muted' | 'affected_by' | 'waiting' | 'flapping'>;
}) => (
  <>
    <Badge tone={status === 'firing' && !state ? 'warn' : undefined}>{words.status[status]}</Badge>
    {muted && <Badge>{silences.alert.muted}</Badge>}
    <AffectedMark of={{ affected_by }} />
    <WaitingMark of={{ waiting }} />
    {flapping && (
      <span title={words.flappingText}>
        <Badge tone="warn">{words.flapping}</Badge>
      </span>
    )}
    {state && (
      <span class="small second">
        {' · '}
        {words.incidentResolved(state.resolved_by)} <At at={state.resolved_at}>{when(state.resolved_at)}</At>
      </span>
    )}
  </>
);

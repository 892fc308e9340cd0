import type { Alert } from '../../src/alerts/contract';
import { hrefOfIncident } from '../incidents/cells';
import { upstream as words } from '../text/upstream';
import { Banner } from '../ui/card';
import { Badge } from '../ui/icons';
import { At } from '../ui/time';
import { when } from '../ui/times';

type Affected = { of: Pick<Alert, 'affected_by'> };

/** The mark of an alert that the incident of an upstream affects. */
export const AffectedMark = ({ of: { affected_by } }: Affected) => affected_by && <Badge>{words.affected}</Badge>;

/** Because of which incident the alert pages no one. */
export const AffectedBanner = ({ of: { affected_by } }: Affected) =>
  affected_by && (
    <Banner tone="warn" action={<a href={hrefOfIncident(affected_by.incident_id)}>{words.incident}</a>}>
      {words.by(affected_by.title)}. {words.pages}
    </Banner>
  );

/** An entry of a decision: the incident, and when its effect ended. */
export const AffectedSentence = ({
  of: { id, name, ended_at },
}: {
  of: { id: string; name: string; ended_at?: string | undefined };
}) => (
  <>
    <a href={hrefOfIncident(id)}>{ended_at ? words.ended(name) : words.by(name)}</a>
    {ended_at && (
      <>
        {' '}
        <At at={ended_at}>{when(ended_at)}</At>
      </>
    )}
  </>
);

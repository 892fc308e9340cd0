import { useSignal } from '@preact/signals';
import { useRoute } from 'preact-iso';
import type { Alert } from '../../src/alerts/contract';
import { hrefOfIncident } from '../incidents/cells';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { SilenceAlert } from '../silences/SilenceThis';
import { alerts } from '../text/alerts';
import { silences } from '../text/silences';
import { Button } from '../ui/button';
import { Banner, Card, Empty, Facts, Skeleton } from '../ui/card';
import { SeverityMark } from '../ui/icons';
import { Page } from '../ui/page';
import { Age, Ago, At } from '../ui/time';
import { when } from '../ui/times';
import { useQuery } from '../useQuery';
import { AffectedBanner } from './Affected';
import { AlertState } from './AlertState';
import { CONCERNS } from './concerns';
import { Decision, MutedBanner } from './Decision';
import { labelsOf } from './labels';
import { Reports } from './Reports';
import { SourceLinks } from './SourceLinks';
import { WaitingBanner } from './Waiting';

const { one: words } = alerts;

/** One alert: its last report, how often it was reported, and its incident. */
export function AlertPage() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  const asked = useQuery(`alert-${id}`, () => ports.alerts.get({ alert_id: id }), CONCERNS);
  const alert = asked.value;
  const silencing = useSignal(false);
  const missing = asked.problem?.kind === 'not-found' || asked.problem?.kind === 'malformed';
  return (
    <Page
      title={alert?.message ?? alerts.title}
      above={
        <a class="small" href="/alerts">
          {alerts.title}
        </a>
      }
      below={
        alert && (
          <div class="row wrap second">
            <SeverityMark of={alert.severity} />
            <AlertState of={alert} />
            <span>{alert.service}</span>
          </div>
        )
      }
      actions={
        alert && (
          <div class="acts">
            <SourceLinks of={alert.links} />
            {alert.status === 'firing' && mayAsk('alerts', 'createSilence') && (
              <Button icon="mute" onClick={() => (silencing.value = true)}>
                {silences.ofAlert.verb}
              </Button>
            )}
            {alert.incident_id && (
              <Button href={hrefOfIncident(alert.incident_id)} icon="incidents">
                {words.seeIncident}
              </Button>
            )}
          </div>
        )
      }
    >
      {asked.problem && !missing && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {missing && (
        <Card title={words.gone.title} hideTitle>
          <Empty title={words.gone.title}>
            <div class="acts">
              <Button href="/alerts">{words.gone.back}</Button>
            </div>
          </Empty>
        </Card>
      )}
      {!alert && !asked.problem && (
        <Card title={words.facts} hideTitle>
          <Skeleton rows={4} />
        </Card>
      )}
      {alert && <MutedBanner of={alert} />}
      {alert && <AffectedBanner of={alert} />}
      {alert && <WaitingBanner of={alert} />}
      {alert && <Shown of={alert} />}
      {alert && silencing.value && <SilenceAlert of={alert} onClose={() => (silencing.value = false)} />}
    </Page>
  );
}

/** The labels and values of the source, and the first ones if they differ. */
const Says = ({ of }: { of: Alert }) => {
  const rows = Object.entries(of.annotations);
  if (rows.length === 0 && of.first_said === null && of.severity_note === null) return null;
  return (
    <Card title={words.says}>
      <div class="pad stack">
        {of.severity_note !== null && <Banner tone="warn">{of.severity_note}</Banner>}
        {rows.length > 0 && <Facts of={rows.map(([name, value]) => [name, <span class="lines">{value}</span>])} />}
        {of.first_said !== null && (
          <p class="second">
            {words.atFirst}: <SeverityMark of={of.first_said.severity} quiet /> {of.first_said.message}
          </p>
        )}
      </div>
    </Card>
  );
};

const Shown = ({ of }: { of: Alert }) => {
  const labels = labelsOf(of.labels);
  return (
    <div class="cols half">
      <Says of={of} />
      <Card title={words.facts}>
        <div class="pad">
          <Facts
            of={[
              [words.reported, words.often(of.count)],
              [words.since, <Ago at={of.created_at} />],
              [words.lastSeen, <Ago at={of.last_seen_at} />],
              ...(of.acknowledged_at === null
                ? []
                : ([
                    [
                      words.acknowledged,
                      <>
                        <Ago at={of.acknowledged_at} /> {words.acknowledgedBy(of.acknowledged_by ?? '')}
                      </>,
                    ],
                  ] as const)),
              ...(of.ended_at !== null || of.expires_at === null
                ? []
                : ([[words.expires, <At at={of.expires_at}>{when(of.expires_at)}</At>]] as const)),
              ...(of.ended_at === null
                ? []
                : ([
                    [of.expired ? words.expired : words.ended, <Ago at={of.ended_at} />],
                    [words.fired, <Age at={of.created_at} until={of.ended_at} long />],
                  ] as const)),
              [words.source, of.source],
              [
                words.fingerprint,
                <span class="mono" title={of.fingerprint}>
                  {of.fingerprint.slice(0, 16)}
                </span>,
              ],
            ]}
          />
        </div>
      </Card>
      <Decision of={of} />
      <Reports of={of} />
      <Card title={words.labels} count={labels.length}>
        <div class="pad">
          {labels.length === 0 ? (
            <p class="second">{words.noLabels}</p>
          ) : (
            <div class="tags">
              {labels.map((label) => (
                <a key={label} href={`/alerts?label=${encodeURIComponent(label.replace('=', ':'))}`}>
                  <code>{label}</code>
                </a>
              ))}
            </div>
          )}
        </div>
      </Card>
    </div>
  );
};

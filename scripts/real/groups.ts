import type { Monitoring } from './monitoring';
import { type Check, type Questions, when } from './questions';

const HOUR_MS = 3_600_000;
const RUNBOOK = 'https://wiki.example/disk';

/** An alert in the format of Alertmanager's API; firing unless `ended`. */
const alertOf = (labels: Record<string, string>, annotations: Record<string, string>, ended = false) => ({
  labels,
  annotations,
  startsAt: new Date(Date.now() - 2_000).toISOString(),
  endsAt: new Date(Date.now() + (ended ? -1_000 : HOUR_MS)).toISOString(),
  generatorURL: 'http://prometheus.example/graph?g0.expr=disk',
});

interface Deps {
  check: Check;
  questions: Questions;
  post: Monitoring['post'];
}

/**
 * Groups that Alertmanager sends for alerts posted to its API: with a changed text, with a higher severity, and truncated.
 */
export async function groups(deps: Deps): Promise<void> {
  await reworded(deps);
  await risen(deps);
  await truncated(deps);
}

async function reworded({ check, questions: { incidents, incident, alerts }, post }: Deps): Promise<void> {
  const labels = { alertname: 'Disk', service: 'reworded', severity: 'P1' };
  const saying = (summary: string) =>
    alertOf(labels, { summary, description: 'Rotate the logs', runbook_url: RUNBOOK });
  await post([saying('Disk at 90%')]);
  const opened = await check('a P1 alert opens a critical incident', async () => {
    const [found] = await incidents('reworded');
    return when(found?.severity === 'critical', found);
  });
  if (!opened) return;
  const { id } = opened;
  await check('its incident has the description and the links of the annotations', async () => {
    const { description, links } = await incident(id);
    const named = links.map(({ kind, url }) => `${kind} ${url}`);
    return when(description === 'Rotate the logs' && named.includes(`runbook ${RUNBOOK}`));
  });
  await post([saying('Disk at 98%')]);
  await check('new words of the rule are shown on the alert, which keeps the first', async () => {
    const [alert, ...others] = await alerts(id);
    const { message, first_said: first } = alert ?? {};
    return when(message === 'Disk at 98%' && first?.message === 'Disk at 90%' && others.length === 0);
  });
  await check('and in the title of the incident', async () =>
    when((await incident(id)).title === '[CRITICAL] reworded: Disk at 98%'),
  );
  await post([alertOf(labels, { summary: 'Disk at 98%' }, true)]);
  await check('the group resolves: so does the incident', async () => when((await incident(id)).status === 'resolved'));
}

/** For Alertmanager severity is a label: a higher severity is a new alert, and the alert with the lower one ends. */
async function risen({ check, questions: { incidents, alerts }, post }: Deps): Promise<void> {
  const labels = (severity: string) => ({ alertname: 'Load', service: 'risen', severity });
  const annotations = { summary: 'Load is high' };
  await post([alertOf(labels('purple'), annotations)]);
  const low = await check('an unknown severity opens a medium incident', async () => {
    const [found] = await incidents('risen');
    return when(found?.severity === 'medium', found);
  });
  if (!low) return;
  await check('and the alert has a note about it', async () =>
    when((await alerts(low.id))[0]?.severity_note?.includes("'purple'") ?? false),
  );
  await post([alertOf(labels('purple'), annotations, true), alertOf(labels('critical'), annotations)]);
  await check('the alert rises to critical: a critical incident is open', async () =>
    when((await incidents('risen')).some(({ severity, status }) => severity === 'critical' && status === 'open')),
  );
  await check('and the medium one ended with its alert', async () =>
    when((await incidents('risen')).some(({ id, status }) => id === low.id && status === 'resolved')),
  );
  await post([alertOf(labels('critical'), annotations, true)]);
}

async function truncated({ check, questions: { incidents, incident }, post }: Deps): Promise<void> {
  const host = (instance: string, ended = false) =>
    alertOf(
      { alertname: 'Hosts', service: 'truncated', severity: 'critical', instance, receiver: 'truncated' },
      { summary: `${instance} is down` },
      ended,
    );
  await post([host('a'), host('b'), host('c')]);
  const opened = await check('a truncated group opens an incident that says how many alerts are hidden', async () => {
    const [found] = await incidents('truncated');
    return when(found?.hidden_alerts === 2, found);
  });
  if (!opened) return;
  const { id } = opened;
  await post([host('a', true)]);
  await check('the shown alert ends, and the incident stays open with those that are hidden', async () => {
    const { status, alerts, hidden_alerts: hidden } = await incident(id);
    return when(status === 'open' && hidden > 0 && alerts.some(({ firing }) => !firing));
  });
  await post([host('b', true)]);
  await check('a delivery hides none: the incident says so and stays open while an alert fires', async () => {
    const { status, hidden_alerts: hidden } = await incident(id);
    return when(status === 'open' && hidden === 0);
  });
  await post([host('c', true)]);
  await check('the last alert ends: the incident is resolved', async () =>
    when((await incidents('truncated')).every(({ status }) => status === 'resolved')),
  );
}

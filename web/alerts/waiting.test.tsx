/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import type { Alert } from '../../src/alerts/contract';
import { ANA, closePage, type ShownPage, showPage } from '../testing/page';
import { AlertPage } from './AlertPage';

/** What the page of an alert says while a rule holds it. */

const AT = '2026-03-28T02:00:00.000Z';
const ID = '00000000-0000-4000-8000-000000000003';
const RULE = '00000000-0000-4000-8000-000000000001';
const counted = {
  by: 'threshold',
  id: RULE,
  name: 'Enough',
  until: null,
  seen: 2,
  count: 5,
  within_minutes: 10,
} as const;
const delayed = { by: 'delay', id: RULE, name: 'Patience', until: '2126-03-28T04:00:00.000Z' } as const;

const alert = (waiting: Alert['waiting'], decision: Alert['decision']) =>
  ({
    ...{ id: ID, service: 'shop', severity: 'high', message: 'Disk full', source: 'api', labels: {} },
    ...{ fingerprint: 'f'.repeat(64), timestamp: AT, incident_id: null, created_at: AT, status: 'firing', count: 1 },
    ...{ last_seen_at: AT, ended_at: null, integration_id: null, annotations: {}, description: null, links: [] },
    ...{ generator_url: null, external_url: null, severity_note: null, incident_state: null, first_said: null },
    ...{ reported: null, expires_at: null, expired: false, acknowledged_at: null, acknowledged_by: null, muted: null },
    ...{ waiting, decision },
  }) as unknown as Alert;

let page: ShownPage;
async function open(shown: Alert): Promise<void> {
  const reports = { alert_id: ID, total: 1, first: { ...shown, at: AT }, texts: [], reports: [], history: [] };
  page = await showPage(
    <Router>
      <Route path="/alerts/:id" component={AlertPage} />
      <Route default component={AlertPage} />
    </Router>,
    { alerts: { get: async () => shown, reports: async () => reports as never } },
    `/alerts/${ID}`,
    ANA,
  );
}
afterEach(closePage);

test('an alert that waits for reports shows how many there are', async () => {
  await open(alert(counted, [{ stage: 'hold', ...counted }]));
  expect(page.text()).toContain('Waiting 2 of 5 in 10 min');
  expect(page.text()).toContain('Rule Enough waits for 5 reports in 10 min (2 so far). No one is paged before that.');
});

test('an alert that waits for a time shows its end, and what it waited for before', async () => {
  await open(
    alert(delayed, [
      { stage: 'hold', ...counted, seen: 5, ended_at: AT },
      { stage: 'hold', ...delayed },
    ]),
  );
  expect(page.text()).toContain('Rule Patience waits until');
  expect(page.text()).toContain('Rule Enough waited for 5 reports in 10 min, until');
});

/** @jest-environment @happy-dom/jest-environment */
import type { Alert } from '../../src/alerts/contract';
import type { Ports } from '../ports';
import { closePage, settled, showPage } from '../testing/page';
import { Reports } from './Reports';

const AT = '2026-03-28T02:12:04.000Z';
const event = { at: AT, severity: 'high', annotations: {}, reported_by: 'prometheus' } as const;

afterEach(closePage);

async function shown(expired: boolean): Promise<string> {
  const answer = {
    alert_id: 'a',
    total: 3,
    first: { at: AT, reported_by: 'prometheus', integration_id: null, severity: 'high', message: 'Disk fills' },
    texts: [],
    reports: [],
    history: [
      { ...event, kind: 'ended', message: 'Disk is full', reported_by: null, payload: null },
      { ...event, kind: 'changed', message: 'Disk is full', payload: '{"labels":{"disk":"sda"}}' },
      { ...event, kind: 'first', message: 'Disk fills', payload: '{"labels":{"disk…' },
    ],
  } satisfies Awaited<ReturnType<Ports['alerts']['reports']>>;
  const of = { id: 'a', expired } as Alert;
  await showPage(<Reports of={of} />, { alerts: { reports: async () => answer } }, '/alerts/a');
  await settled();
  return document.body.textContent ?? '';
}

test('the texts of an alert are shown with the request of the tool', async () => {
  const text = await shown(false);
  expect(text).toMatch(/Ended.*Changed.*Disk is full.*First report.*Disk fills/s);
  const payloads = [...document.querySelectorAll('pre')].map(({ textContent }) => textContent);
  expect(payloads).toEqual(['{\n  "labels": {\n    "disk": "sda"\n  }\n}', '{"labels":{"disk…']);
});

test('an alert whose source went silent is shown as expired', async () => {
  expect(await shown(true)).toContain('Expired');
});

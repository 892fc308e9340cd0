/** @jest-environment @happy-dom/jest-environment */
import { closePage, showPage, submit } from '../testing/page';
import { PayloadTest } from './PayloadTest';

afterEach(closePage);

const event = {
  ...{ key: 'k', status: 'firing', service: 'checkout', severity: 'high', message: 'Payments fail', labels: {} },
  ...{ source: 'x', annotations: {}, result: 'incident', decision: [], alert_id: null },
  incident: { id: null, team: 'payments', policy: 'payments' },
} as const;

test('a payload is tested up to the incident, its team and its policy; the latest request is offered first', async () => {
  const asked: unknown[] = [];
  const page = await showPage(<PayloadTest id="i" onClose={() => {}} />, {
    alerts: {
      sample: async () => ({ sample: { at: '2026-03-28T02:12:00.000Z', payload: '{"a":1}' } }) as never,
      testIntegration: async (input) => {
        asked.push(input);
        return { events: [event], left_out: 2 } as never;
      },
    },
  });
  expect(page.field('payload').value).toBe('{"a":1}');
  await submit(page);
  expect(asked).toEqual([{ id: 'i', payload: '{"a":1}' }]);
  for (const text of ['A new incident opens.', 'The incident belongs to payments.', 'The policy of payments pages.'])
    expect(page.text()).toContain(text);
  expect(page.text()).toContain('2 more events are not shown.');
});

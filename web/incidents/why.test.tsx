/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../src/kernel/ports/problem';
import { closePage, type ShownPage, showPage } from '../testing/page';
import { WhyTab } from './WhyTab';

afterEach(closePage);

const ID = '00000000-0000-4000-8000-000000000001';
const link = (stage: 'alert' | 'step', result: 'yes' | 'no', text: string) => ({
  ...{ stage, result, text, reason: 'primary' },
  at: '2026-03-28T02:12:00.000Z',
});
const ana = { name: 'Ana', email: 'ana@example.com', paged: true, links: [link('step', 'yes', 'Step 1 paged Ana.')] };
const ben = { name: 'Ben', email: 'ben@example.com', paged: false, links: [link('step', 'no', 'Not Ben.')] };

const AHEAD = {
  ...{ team: 'web', severity: 'high' as const, at: '2026-03-28T02:17:00.000Z', again_at: null },
  exhausted_at: '2026-03-28T02:22:00.000Z',
  steps: [
    {
      ...{ at: '2026-03-28T02:17:00.000Z', step: 2, round: 0, why: 'secondary', next_at: '2026-03-28T02:22:00.000Z' },
      told: [
        { name: 'Cy', email: 'cy@example.com', role: 'secondary', channel: 'sms', recipient: '+1…71', reachable: true },
      ],
    },
  ],
};
let preview: () => typeof AHEAD;
beforeEach(() => {
  preview = () => AHEAD;
});

let asked: unknown[];
const open = (): Promise<ShownPage> => {
  asked = [];
  return showPage(<WhyTab of={{ id: ID }} concerns={() => true} />, {
    gateway: {
      why: async (input) => {
        asked.push(input);
        const people = input.person === undefined ? [ana] : [ben];
        return { incident_id: ID, links: [link('alert', 'yes', 'The alert was accepted.')], people };
      },
    },
    incidents: { previewIncident: async () => preview() },
  });
};

test('the tab shows what led to the incident and why each person was paged', async () => {
  const page = await open();
  for (const text of ['The alert was accepted.', 'Why Ana was paged', 'Step 1 paged Ana.'])
    expect(page.text()).toContain(text);
  expect(page.root.querySelector('header a')?.getAttribute('href')).toBe('/people/ana%40example.com');
});

test('the tab shows who is paged by which methods if no one acknowledges, and nothing if no step is scheduled', async () => {
  expect((await open()).text()).toContain('Cy by SMS');
  closePage();
  preview = () => {
    throw new Problem('conflict', 'No step of this incident is scheduled');
  };
  const page = await open();
  expect(page.text()).not.toContain('Who is paged');
  expect(page.text()).not.toContain('No step of this incident');
});

test('the tab explains why a person was not paged, by their address', async () => {
  const page = await open();
  await page.doing(() => {
    const field = page.field('why-person');
    field.value = ' BEN@example.com';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await page.doing(() => page.button('Explain').closest('form')?.requestSubmit());
  expect(asked.at(-1)).toEqual({ id: ID, person: 'ben@example.com' });
  expect(page.text()).toContain('Why Ben was not paged');
});

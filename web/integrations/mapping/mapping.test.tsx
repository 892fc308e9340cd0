/** @jest-environment @happy-dom/jest-environment */
import { invalid } from '../../../src/kernel/ports/problem';
import type { Ports } from '../../ports';
import { closePage, type ShownPage, settled, showPage, submit, type } from '../../testing/page';
import { Toasts, unsay } from '../../ui/toast';
import type { Integration } from '../IntegrationsPage';
import { MappingEditor } from './MappingEditor';
import type { Preview } from './usePreview';

type Alerts = Ports['alerts'];
const AT = '2026-03-28T02:00:00.000Z';
const PAYLOAD = JSON.stringify({ team: 'Ledger', checks: [{ title: 'Disk is full', where: { host: 'db1' } }] });
const integration = (mapping: Integration['mapping']) => ({ id: 'i1', version: '4', mapping }) as Integration;
const alert: Preview['alerts'][number] = {
  ...{
    key: 'k',
    status: 'firing' as const,
    service: 'ledger',
    severity: 'high' as const,
    message: 'Disk is full',
    description: null,
  },
  ...{ labels: { host: 'db1' }, links: [], timestamp: null },
};

let page: ShownPage;
let asked: unknown[];
let saved: unknown[];

async function open(mapping: Integration['mapping'] = null, fakes: Partial<Alerts> = {}) {
  [asked, saved] = [[], []];
  page = await showPage(
    <>
      <MappingEditor of={integration(mapping)} onSaved={() => {}} />
      <Toasts />
    </>,
    {
      alerts: {
        sample: async () => ({ sample: { at: AT, payload: PAYLOAD } }),
        previewMapping: async (input) => {
          asked.push(input.mapping);
          return { total: 1, alerts: [alert] };
        },
        updateIntegration: async (input) => {
          saved.push(input);
          return integration(null);
        },
        ...fakes,
      },
    },
  );
}

/** Waits for the server's answer to a draft, which is asked after a pause. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled();
}
const value = (text: string) =>
  [...page.root.querySelectorAll<HTMLElement>('.tree button')].find((one) => one.textContent === text) as HTMLElement;

afterEach(() => {
  unsay();
  closePage();
});

test('a press on a value fills the expression of the chosen field, and of its list', async () => {
  await open();
  await page.doing(() => value('title: "Disk is full"').click());
  expect([page.field('message').value, page.field('split').value]).toEqual(['title', 'checks']);
  await page.doing(() => type(page.field('target'), 'service'));
  await page.doing(() => page.field('target').dispatchEvent(new Event('change', { bubbles: true })));
  await page.doing(() => value('team: "Ledger"').click());
  expect(page.field('service').value).toBe('$payload.team');
});

test('the field that has the focus is the one that is filled', async () => {
  await open();
  await page.doing(() => page.field('key').dispatchEvent(new Event('focus')));
  await page.doing(() => value('team: "Ledger"').click());
  expect(page.field('key').value).toBe('team');
});

test('shows what the draft reads from the payload, while it is typed', async () => {
  await open({ message: 'team' });
  await until(() => page.text().includes('host=db1'));
  expect(asked).toEqual([{ message: 'team' }]);
  await page.doing(() => type(page.field('severity'), '"high"'));
  await until(() => asked.length === 2);
  expect(asked.at(-1)).toEqual({ message: 'team', severity: '"high"' });
});

test('an expression that cannot be read is named at its field', async () => {
  await open(null, {
    previewMapping: async () => {
      throw invalid([{ path: 'mapping.key', message: 'Unexpected end of expression' }]);
    },
  });
  await until(() => page.root.querySelector('.field .fault') !== null);
  expect(page.root.querySelector('.field .fault')?.textContent).toBe('Unexpected end of expression');
});

test('saves the expressions with the version that was read, and empty ones as none', async () => {
  await open({ message: 'team' });
  await page.doing(() => type(page.field('key'), 'team'));
  await submit(page);
  expect(saved).toEqual([{ id: 'i1', if_match: '4', mapping: { key: 'team', message: 'team' } }]);
  expect(page.text()).toContain('The mapping is saved');
  await page.doing(() => type(page.field('key'), ''));
  await page.doing(() => type(page.field('message'), ''));
  await submit(page);
  expect(saved.at(-1)).toMatchObject({ mapping: null });
});

test('changes can be discarded', async () => {
  await open({ message: 'team' });
  await page.doing(() => type(page.field('message'), 'other'));
  await page.doing(() => page.button('Discard changes').click());
  expect(page.field('message').value).toBe('team');
});

test('without a payload, the editor says how to get one', async () => {
  await open(null, { sample: async () => ({ sample: null }) });
  expect(page.text()).toContain('Send a payload to the address');
  expect(page.root.querySelector('form')).toBeNull();
});

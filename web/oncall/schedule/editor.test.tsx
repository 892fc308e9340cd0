/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { Problem } from '../../../src/kernel/ports/problem';
import type { Ports } from '../../ports';
import { type ShownPage, settled, showPage } from '../../testing/page';
import { hasUnsaved } from '../../ui/page';
import { now } from '../../ui/times';
import { Toasts, unsay } from '../../ui/toast';
import { EditorPage } from './EditorPage';

type Oncall = Ports['oncall'];
type Stored = Awaited<ReturnType<Oncall['getSchedule']>>;

const ana = { name: 'Ana', email: 'ana@example.com' };
const ben = { name: 'Ben', email: 'ben@example.com' };
const STORED = {
  team: 'web',
  time_zone: 'Europe/Berlin',
  version: 'v1',
  layers: [
    {
      name: 'weekly',
      role: 'primary',
      level: 0,
      restrictions: [],
      starts_at: null,
      ends_at: null,
      rotation: {
        unit: 'weekly',
        length: 1,
        handoff: '2026-03-23T09:00',
        turns: 'always',
        slots: [[ana]],
        turn_offset: 3,
      },
    },
  ],
} as unknown as Stored;

let page: ShownPage;
let put: Parameters<Oncall['putSchedule']>[0][];
let drafts: Parameters<Oncall['previewSchedule']>[0][];

async function open(fakes: Partial<Oncall> = {}, url = '/oncall/web/edit'): Promise<void> {
  put = [];
  drafts = [];
  const oncall: Partial<Oncall> = {
    getSchedule: async () => STORED,
    people: async () => [ana, ben].map((each) => ({ ...each, time_zone: 'UTC' })),
    previewSchedule: async (input) => {
      drafts.push(input);
      const gap = {
        role: 'primary',
        starts_at: '2026-03-30T07:00:00.000Z',
        ends_at: '2026-03-31T07:00:00.000Z',
        override_id: null,
        planned: false,
      } as const;
      return {
        team: 'web',
        time_zone: 'Europe/Berlin',
        from: '',
        to: '',
        draft: [],
        layers: [],
        shifts: [],
        gaps: [gap],
        level_gaps: [],
        handoffs: [],
      };
    },
    putSchedule: async (input) => {
      put.push(input);
      return { ...STORED, version: 'v2' };
    },
    ...fakes,
  };
  const shown = (
    <>
      <Router>
        <Route path="/oncall/:team/edit" component={EditorPage} />
        <Route default component={EditorPage} />
      </Router>
      <Toasts />
    </>
  );
  page = await showPage(shown, { oncall }, url, { username: 'ana', role: 'admin' } as never);
  await settled();
}

const type = (name: string, value: string) =>
  page.doing(() => {
    const input = page.root.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    if (input === null) throw new Error(`There is no field ${name}.`);
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
const submit = () =>
  page.doing(() =>
    page.root.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true, bubbles: true })),
  );
const addBen = async () => {
  await type('person-name', 'Ben');
  await page.doing(() => page.button('Add').click());
};
/** The preview is debounced. */
const rested = () => new Promise((resolve) => setTimeout(resolve, 400)).then(settled);

beforeEach(() => {
  now.value = Date.parse('2026-03-28T02:13:00Z');
});
afterEach(() => {
  unsay();
  page.close();
});

test('a link that asks to add a person focuses the field', async () => {
  await open({}, '/oncall/web/edit?add=person');
  expect(document.activeElement?.getAttribute('name')).toBe('person-name');
});

test('the server computes a preview of the draft before it is saved, and names its gaps', async () => {
  await open();
  await addBen();
  await rested();
  expect(drafts.at(-1)).toMatchObject({ team: 'web', time_zone: 'Europe/Berlin' });
  expect(drafts.at(-1)?.layers[0]?.rotation.slots).toEqual([[ana], [ben]]);
  expect(page.text()).toContain('No one is primary from Mon 30 Mar 07:00 (Mon 30 Mar 09:00 Berlin), 1 day');
  expect(put).toEqual([]);
});

test('the draft is saved as layers with the version that was opened, and is not unsaved any more', async () => {
  await open();
  await addBen();
  expect(hasUnsaved()).toBe(true);
  await submit();
  expect(put).toEqual([expect.objectContaining({ team: 'web', if_match: '"v1"', time_zone: 'Europe/Berlin' })]);
  expect(put[0]?.layers[0]?.rotation).toEqual({
    unit: 'weekly',
    length: 1,
    handoff: '2026-03-23T09:00',
    turns: 'always',
    slots: [[ana], [ben]],
  });
  expect(page.text()).toContain('Schedule saved');
});

test('an edit can begin later, in local time of the schedule', async () => {
  await open();
  await addBen();
  await type('effective-from', '2026-03-30T09:00');
  await submit();
  expect(put[0]?.effective_from).toBe('2026-03-30T07:00:00.000Z');
});

test('Take theirs shows the other version; the differences were named before', async () => {
  const weekly = STORED.layers[0] as Stored['layers'][number];
  const theirs = { ...STORED, version: 'v9', layers: [{ ...weekly, level: 7 }] };
  let calls = 0;
  await open({
    getSchedule: async () => (calls++ === 0 ? STORED : theirs),
    putSchedule: async () => {
      throw new Problem('stale', 'Somebody else changed this meanwhile.');
    },
  });
  await addBen();
  await submit();
  expect(page.root.querySelector('[role="alert"]')?.textContent).toContain('Theirs differs from yours in “weekly”.');
  await page.doing(() => page.button('Take theirs').click());
  expect(page.root.querySelector<HTMLInputElement>('input[name="layer-level"]')?.value).toBe('7');
  expect(hasUnsaved()).toBe(false);
});

test('missing values are shown, and the draft cannot be saved', async () => {
  await open();
  await page.doing(() => page.button('Remove Ana').click());
  expect(page.text()).toContain('Add a member to “weekly”.');
  expect(page.button('Save schedule').disabled).toBe(true);
});

test('an error of the server is shown at its field', async () => {
  await open({
    putSchedule: async () => {
      throw new Problem('invalid', 'The request is not valid', {
        errors: [{ path: 'layers.0.rotation.handoff', message: 'Must be a local date and time' }],
      });
    },
  });
  await addBen();
  await submit();
  expect(page.root.querySelector('.card .fault')?.textContent).toBe('Must be a local date and time');
});

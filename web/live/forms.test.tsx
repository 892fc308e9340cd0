/** @jest-environment @happy-dom/jest-environment */
import { invalid, Problem } from '../../src/kernel/ports/problem';
import { closePage, type ShownPage, showPage } from '../testing/page';
import type { FormField } from './formFields';
import { FormDialog } from './forms';

let page: ShownPage;
let sent: Record<string, unknown>[];
let closed: number;

const FIELDS: readonly FormField[] = [
  { name: 'title', label: 'Title', hint: 'In a few words', suggestions: [{ value: 'disk', text: 'Disk full' }] },
  { kind: 'select', name: 'team', label: 'Team', choices: [{ value: 'core', text: 'Core' }] },
  { kind: 'area', name: 'note', label: 'Note', optional: true },
  { kind: 'tick', name: 'urgent', label: 'Urgent', value: 'yes' },
];

async function open(answer: () => Promise<unknown>): Promise<void> {
  sent = [];
  closed = 0;
  const act = (form: FormData) => {
    sent.push(Object.fromEntries(form));
    return answer();
  };
  page = await showPage(
    <FormDialog title="New" verb="Create" fields={FIELDS} onClose={() => closed++} act={act} />,
    {},
  );
}

afterEach(closePage);

const accepted = async () => undefined;
const dialog = () => page.root.querySelector('dialog') as HTMLDialogElement;
const submit = () => page.doing(() => void dialog().querySelector('form')?.requestSubmit());
const pressEscape = () => page.doing(() => void dialog().dispatchEvent(new Event('cancel', { cancelable: true })));
const type = (name: string, value: string) =>
  page.doing(() => {
    page.field(name).value = value;
    page.field(name).dispatchEvent(new Event('input', { bubbles: true }));
  });

test('each kind of field has its label and its value is sent', async () => {
  await open(accepted);
  await type('title', 'Disk full');
  await type('note', 'since noon');
  page.field('urgent').checked = true;
  await submit();
  expect(sent).toEqual([{ title: 'Disk full', team: 'core', note: 'since noon', urgent: 'yes' }]);
  expect(closed).toBe(1);
  expect([...page.root.querySelectorAll('label')].map((label) => label.textContent?.trim())).toEqual([
    'Title',
    'Team',
    'Note optional',
    'Urgent',
  ]);
});

test('a field with suggestions offers them with their texts', async () => {
  await open(accepted);
  const list = page.root.querySelector(`datalist[id="${page.field('title').getAttribute('list')}"]`);
  expect([...(list?.children ?? [])].map((each) => [each.getAttribute('value'), each.textContent])).toEqual([
    ['disk', 'Disk full'],
  ]);
});

test('an error of the server is shown beside its field, without a banner', async () => {
  await open(async () => {
    throw invalid([{ path: 'title', message: 'is taken' }]);
  });
  await submit();
  const described = page.field('title').getAttribute('aria-describedby') ?? '';
  expect(page.field('title').getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(described)?.textContent).toBe('is taken');
  expect(page.root.querySelector('[role=alert]')).toBeNull();
  expect(closed).toBe(0);
});

test('an error that belongs to no field is shown in a banner', async () => {
  await open(async () => {
    throw new Problem('conflict', 'The team has no schedule.');
  });
  await submit();
  expect(page.root.querySelector('[role=alert]')?.textContent).toContain('The team has no schedule.');
  expect(closed).toBe(0);
});

test('while the server is asked, the form is busy and submits no second time', async () => {
  let answer = (_: unknown) => {};
  await open(() => new Promise((resolve) => (answer = resolve)));
  await submit();
  await submit();
  await pressEscape();
  expect(page.button('Create').getAttribute('aria-busy')).toBe('true');
  expect([sent.length, closed]).toEqual([1, 0]);
  await page.doing(() => answer(undefined));
  expect(closed).toBe(1);
});

test('Escape closes an untouched form at once', async () => {
  await open(accepted);
  await pressEscape();
  expect(closed).toBe(1);
});

test('Escape asks before typed input is lost', async () => {
  await open(accepted);
  await type('title', 'Disk');
  await pressEscape();
  expect(closed).toBe(0);
  expect(page.text()).toContain('Leave without saving?');
  await page.doing(() => page.button('Leave').click());
  expect(closed).toBe(1);
});

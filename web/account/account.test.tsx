/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { singleKeys } from '../shell/shown';
import { ANA, closePage, type ShownPage, showPage, submit, type } from '../testing/page';
import { theme } from '../theme';
import { Toasts, unsay } from '../ui/toast';
import { AccountPage } from './AccountPage';

type Gateway = Ports['gateway'];
type Session = Awaited<ReturnType<Gateway['listSessions']>>[number];
const AT = '2026-03-28T02:00:00.000Z';

const session = (change: Partial<Session> = {}): Session => ({
  id: '00000000-0000-4000-8000-000000000001',
  current: false,
  address: '192.0.2.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  created_at: AT,
  last_seen_at: AT,
  expires_at: '2099-01-01T00:00:00.000Z',
  ...change,
});

let page: ShownPage;
let asked: unknown[];

async function open(fakes: Partial<Gateway> = {}, who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <>
      <AccountPage />
      <Toasts />
    </>,
    {
      gateway: {
        listSessions: async () => [session({ current: true }), session({ id: 'other', user_agent: 'curl/8.5.0' })],
        endSession: async (input) => void asked.push(input) as never,
        changePassword: async (input) => void asked.push(input) as never,
        ...fakes,
      },
    },
    '/account',
    who,
  );
}

afterEach(() => {
  unsay();
  closePage();
});

test('shows the user, and what an account without an address misses', async () => {
  await open();
  expect(page.text()).toContain('ana@example.com');
  page.close();
  await open({}, { ...ANA, email: null });
  expect(page.text()).toContain('An administrator can set one');
});

test('the theme is selected and stored here, or follows the system', async () => {
  await open();
  await page.doing(() => page.button('Dark').click());
  expect([document.documentElement.dataset['theme'], localStorage.getItem('theme')]).toEqual(['dark', 'dark']);
  await page.doing(() => page.button('System').click());
  expect([theme.value, localStorage.getItem('theme')]).toEqual(['system', null]);
  expect(document.documentElement.dataset['theme']).toBeUndefined();
});

test('single keys are switched off here', async () => {
  await open();
  const tick = page.root.querySelector<HTMLInputElement>('input[type=checkbox]') as HTMLInputElement;
  await page.doing(() => tick.click());
  expect([singleKeys.value, localStorage.getItem('keys')]).toEqual([false, 'off']);
  await page.doing(() => tick.click());
  expect([singleKeys.value, localStorage.getItem('keys')]).toEqual([true, null]);
});

test('sessions are listed by browser and system, and all others can be ended', async () => {
  await open();
  expect(page.text()).toContain('Firefox on Linux');
  expect(page.text()).toContain('This one');
  expect(page.text()).toContain('curl');
  await page.doing(() => page.button('End').click());
  expect(asked).toEqual([{ id: 'other' }]);
  expect(page.text()).toContain('The session ended');
});

test('the password is changed, and the form is empty again', async () => {
  await open();
  await page.doing(() => type(page.field('current_password'), 'old one'));
  await page.doing(() => type(page.field('new_password'), 'a new and longer one'));
  await submit(page);
  expect(asked).toEqual([{ current_password: 'old one', new_password: 'a new and longer one' }]);
  expect(page.text()).toContain('The password is changed');
});

test('a wrong current password is shown at its field', async () => {
  await open({ changePassword: () => Promise.reject(new Problem('forbidden', 'The current password is wrong')) });
  await submit(page);
  const field = page.field('current_password');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toContain('is wrong');
});

test('an API key has neither password nor sessions', async () => {
  await open({}, { ...ANA, kind: 'key', email: null, expires_at: null } as never);
  expect(page.root.querySelector('[name=new_password]')).toBeNull();
  expect(page.text()).toContain('which has no sessions');
});

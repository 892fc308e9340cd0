/** @jest-environment @happy-dom/jest-environment */
import type { ApiKey, User } from '../../src/gateway/contract';
import { invalid, Problem } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { ANA, closePage, type ShownPage, showPage, submit, type } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { AdminPage } from './AdminPage';

/** Users and API keys. */

type Gateway = Ports['gateway'];
const AT = '2026-03-28T02:00:00.000Z';

const user = (change: Partial<User> = {}): User => ({
  id: '00000000-0000-4000-8000-000000000001',
  username: 'ben',
  email: 'ben@example.com',
  role: 'responder',
  disabled: false,
  created_at: AT,
  last_login_at: null,
  ...change,
});
const me = user({ id: 'me', username: 'ana', email: ANA.email, role: 'admin' });
const key = (change: Partial<ApiKey> = {}): ApiKey => ({
  id: '00000000-0000-4000-8000-00000000000a',
  name: 'nightly jobs',
  role: 'responder',
  prefix: 'tck_abcd',
  created_at: AT,
  created_by: 'ana',
  last_used_at: null,
  revoked_at: null,
  ...change,
});

let page: ShownPage;
let asked: unknown[];
const noting =
  <T,>(answer: T) =>
  async (input: unknown): Promise<T> => {
    asked.push(input);
    return answer;
  };

async function open(url = '/admin', fakes: Partial<Gateway> = {}, who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <>
      <AdminPage />
      <Toasts />
    </>,
    {
      gateway: {
        listUsers: async () => ({ users: [me, user()], total: 2, page: 1, per_page: 50 }),
        createUser: noting(user()),
        updateUser: noting(user()),
        deleteUser: noting(undefined as never),
        listKeys: async () => ({
          api_keys: [key(), key({ id: 'b', name: 'old one', revoked_at: AT })],
          total: 2,
          page: 1,
          per_page: 50,
        }),
        createKey: noting({ ...key(), api_key: 'tck_abcdefgh' } as never),
        revokeKey: noting(undefined as never),
        ...fakes,
      },
    },
    url,
    who,
  );
}
const dialog = () => page.root.querySelector('dialog');

afterEach(() => {
  unsay();
  closePage();
});

test('a person who is no administrator sees that, and the server is not asked', async () => {
  await open('/admin', {}, { ...ANA, role: 'responder' });
  expect(page.text()).toContain('Only administrators see this');
  expect(page.root.querySelector('table')).toBeNull();
});

describe('users', () => {
  test('are created with the typed values, without an empty address', async () => {
    await open();
    await page.doing(() => page.button('New user').click());
    await page.doing(() => type(page.field('username'), ' eve '));
    await page.doing(() => type(page.field('password'), ' kept as it is '));
    await submit(page);
    expect(asked).toEqual([{ username: 'eve', password: ' kept as it is ', role: 'responder' }]);
    expect(page.text()).toContain('ben may log in');
  });

  test('with an error keep the dialog open, and the error is shown at its field', async () => {
    const faults = [{ path: 'username', message: 'Is taken' }];
    await open('/admin', { createUser: () => Promise.reject(invalid(faults)) });
    await page.doing(() => page.button('New user').click());
    await submit(page);
    expect(dialog()?.querySelector('.fault')?.textContent).toBe('Is taken');
  });

  test('change their role, address and access; an empty password keeps the old one', async () => {
    await open();
    await page.doing(() => page.button('Change: ben').click());
    await page.doing(() => type(page.field('email'), ''));
    await page.doing(() => type(page.field('role'), 'viewer'));
    await page.doing(() => page.field('disabled').click());
    await submit(page);
    expect(asked).toEqual([{ id: user().id, email: null, role: 'viewer', disabled: true }]);
  });

  test('cannot change their own role, or remove themselves', async () => {
    await open();
    expect(() => page.button('Remove: ana')).toThrow();
    await page.doing(() => page.button('Change: ana').click());
    expect(dialog()?.querySelector('[name=role], [name=disabled]')).toBeNull();
    await submit(page);
    expect(asked).toEqual([{ id: 'me', email: ANA.email }]);
  });

  test('are removed only after a dialog; a refusal is shown', async () => {
    await open('/admin', { deleteUser: () => Promise.reject(new Problem('conflict', 'The last administrator')) });
    await page.doing(() => page.button('Remove: ben').click());
    expect(dialog()?.textContent).toContain('Remove ben?');
    await submit(page);
    expect(dialog()?.querySelector('[role=alert]')?.textContent).toContain('The last administrator.');
  });
});

describe('keys', () => {
  const url = '/admin?tab=keys';

  test('show who created them and whether they are revoked', async () => {
    await open(url);
    const rows = [...page.root.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '');
    expect(rows[0]).toMatch(/nightly jobs.*tck_abcd….*by ana.*Responder.*never.*Revoke/);
    expect(rows[1]).toContain('Revoked');
    expect(page.root.querySelectorAll('tbody button')).toHaveLength(1);
  });

  test('are shown once, when they are created', async () => {
    await open(url);
    await page.doing(() => page.button('New API key').click());
    await page.doing(() => type(page.field('name'), 'nightly jobs'));
    await submit(page);
    expect(asked).toEqual([{ name: 'nightly jobs', role: 'responder' }]);
    expect(dialog()?.textContent).toContain('tck_abcdefgh');
    await page.doing(() => page.button('Close').click());
    expect(page.text()).not.toContain('tck_abcdefgh');
  });

  test('are revoked only after a dialog', async () => {
    await open(url);
    await page.doing(() => page.root.querySelector<HTMLButtonElement>('tbody button')?.click());
    expect(asked).toEqual([]);
    await submit(page);
    expect(asked).toEqual([{ id: key().id }]);
    expect(page.text()).toContain('The key nightly jobs is revoked');
  });
});

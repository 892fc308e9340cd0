/** @jest-environment @happy-dom/jest-environment */
import { invalid, Problem } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { me } from '../session';
import { ANA, closePage, type ShownPage, showPage, submit, type } from '../testing/page';
import { LoginPage } from './LoginPage';
import { SetupPage } from './SetupPage';

/** The two pages for people who are not logged in. */

let page: ShownPage;
let asked: unknown[];
const noting = async (input: unknown) => void asked.push(input) as never;

async function open(url: string, fakes: Partial<Ports['gateway']> = {}) {
  asked = [];
  page = await showPage(
    url.startsWith('/setup') ? <SetupPage /> : <LoginPage />,
    {
      gateway: {
        login: noting,
        setupState: async ({ token }) => ({ set_up: token === undefined, link: token === undefined ? null : 'good' }),
        setup: noting,
        me: async () => ANA,
        servicesHealth: async () => ({ alerts: { status: 'up' }, oncall: { status: 'down' } }) as never,
        ...fakes,
      },
    },
    url,
    null,
  );
}
const refusing = (problem: Problem) => () => Promise.reject(problem);

afterEach(closePage);

describe('the login', () => {
  test('returns to the page that was asked for', async () => {
    await open('/login?back=%2Fincidents%3Fstatus%3Dopen&ended=1');
    expect(page.text()).toContain('Your session ended. You will return to where you were.');
    await page.doing(() => type(page.field('username'), 'ana'));
    await page.doing(() => type(page.field('password'), 'correct horse'));
    await submit(page);
    expect(asked).toEqual([{ username: 'ana', password: 'correct horse' }]);
    expect(location.pathname + location.search).toBe('/incidents?status=open');
    expect(me.value).toEqual(ANA);
  });

  test.each([
    '//elsewhere.example',
    '/\\elsewhere.example',
    'https://elsewhere.example',
    'javascript:alert(1)',
    '/docs',
    '/api/v1/auth/me',
    '/login',
    '/incidents/a/b',
    '/\t/elsewhere.example',
    'data:text/html,x',
  ])('never leads to %s', async (back) => {
    await open(`/login?back=${encodeURIComponent(back)}`);
    await submit(page);
    expect(location.pathname).toBe('/');
    expect(location.host).not.toContain('elsewhere');
  });

  test('reports that name and password do not match, without naming one of the two', async () => {
    await open('/login', { login: refusing(new Problem('unauthenticated', 'Invalid credentials')) });
    await submit(page);
    expect(page.text()).toContain('Name and password do not match.');
    expect(page.field('password').getAttribute('aria-invalid')).toBe('true');
    expect(me.value).toBeNull();
  });

  test('shows how long to wait, and which module is down', async () => {
    await open('/login', { login: refusing(new Problem('too-many', 'Too many attempts. Try again in 30 s.')) });
    expect(page.text()).toContain('One service does not answer');
    await submit(page);
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('Try again in 30 s.');
  });
});

test('before the set-up the login shows how to create an administrator', async () => {
  await open('/login', { setupState: async () => ({ set_up: false, link: null }) });
  expect(page.text()).toContain("Not set up yet: open the link printed in the server's terminal (or set AUTH_USERS).");
  page.close();
  await open('/login');
  expect(page.text()).not.toContain('Not set up yet');
});

describe('the set-up', () => {
  const fill = async () => {
    await page.doing(() => type(page.field('username'), ' ana '));
    await page.doing(() => type(page.field('password'), ' with spaces '));
  };

  test('creates the first administrator by the code in its address, without empty fields, and opens Home', async () => {
    await open('/setup?token=once');
    await fill();
    await submit(page);
    expect(asked).toEqual([{ token: 'once', username: 'ana', password: ' with spaces ' }]);
    expect(location.pathname).toBe('/');
  });

  test('shows each error at its field', async () => {
    const faults = [
      { path: 'email', message: 'Is no address' },
      { path: 'password', message: 'Is too short' },
    ];
    await open('/setup?token=once', { setup: refusing(invalid(faults)) });
    await fill();
    await submit(page);
    expect([...page.root.querySelectorAll('.fault')].map((fault) => fault.textContent)).toEqual([
      'Is no address',
      'Is too short',
    ]);
    expect(page.root.querySelector('[role=alert]')).toBeNull();
  });

  test('reports that the link was used already', async () => {
    await open('/setup?token=once', { setup: refusing(new Problem('forbidden', 'This link was used already')) });
    await fill();
    await submit(page);
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('This link was used already.');
  });

  test.each([
    [false, 'Restart the server and open the link'],
    [true, 'An administrator exists: log in'],
  ])('shows that a link was used before any input (set up: %s)', async (set_up, next) => {
    await open('/setup?token=old', { setupState: async () => ({ set_up, link: 'spent' }) });
    expect(page.text()).toContain('This set-up link was used before');
    expect(page.text()).toContain(next);
    expect(page.root.querySelector('form')).toBeNull();
  });

  test('does nothing without its code, and names it as missing', async () => {
    await open('/setup');
    expect(page.text()).toContain('This address lacks its one-time code');
    expect(page.button('Make administrator').disabled).toBe(true);
  });
});

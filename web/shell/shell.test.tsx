/** @jest-environment @happy-dom/jest-environment */
import type { Ports } from '../ports';
import { ANA, anIncident, closePage, type ShownPage, settled, showPage } from '../testing/page';
import { setDensity, setTheme } from '../theme';
import { say } from '../ui/toast';
import { missingOf } from './ChannelsBanner';
import { KeysHelp } from './KeysHelp';
import { modifier } from './keys';
import { Palette } from './Palette';
import { Shell } from './Shell';
import { pageActions, paletteShown } from './shown';

let page: ShownPage;
let asked: Parameters<Ports['incidents']['list']>[0][];

const FAKES = {
  incidents: {
    list: async (input: Parameters<Ports['incidents']['list']>[0]) => {
      asked.push(input);
      const incidents = input.q === 'pay' ? [anIncident({ title: 'Card payments fail' })] : [];
      return { incidents, total: 0, page: 1, per_page: 9, counts: {} as never };
    },
    statsSummary: async () => ({ open: 2 }) as never,
  },
  gateway: { seenServices: async () => ({ services: [{ service: 'payment-api', team: 'payments' }] }) as never },
  oncall: {
    teams: async () => [{ team: 'payments' }] as never,
    people: async () => [{ name: 'Payne Stewart', email: 'payne@example.com', time_zone: 'UTC' }],
  },
};

beforeEach(() => {
  asked = [];
});
afterEach(() => {
  closePage();
  setTheme('system');
  setDensity('comfortable');
});

const type = (...texts: string[]) =>
  page.doing(() => {
    const field = page.root.querySelector('input') as HTMLInputElement;
    for (const text of texts) {
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });

test('the palette finds teams, people and services, and asks the server for incidents after a pause in typing', async () => {
  page = await showPage(<Palette />, FAKES);
  await type('p', 'pa', 'pay');
  while (asked.length < 2) await settled();
  await settled();
  const options = [...page.root.querySelectorAll('[role=option]')].map((option) => option.textContent);
  expect(options).toEqual([
    'paymentsTeam',
    'Payne StewartPerson',
    'payment-apiService',
    'HighCard payments failIncident',
  ]);
  expect(asked.map(({ q }) => q)).toEqual([undefined, 'pay']);
});

test('the palette offers to undo the last change, and the actions of the page', async () => {
  let done = '';
  say('Acknowledged: Card payments fail', () => (done = 'undone'));
  pageActions.value = [{ text: 'Reopen', go: () => (done = 'reopened') }];
  paletteShown.value = true;
  page = await showPage(<Palette />, FAKES);
  const options = () => [...page.root.querySelectorAll<HTMLElement>('[role=option]')];
  const said = () => options().map(({ textContent }) => textContent);
  expect(said().slice(0, 3)).toEqual(['New incidentc', 'Undou', 'ReopenAction']);
  await type('pay');
  expect(said()).not.toContain('Undou');
  await type('');
  await page.doing(() => options()[2]?.click());
  expect(done).toBe('reopened');
  pageActions.value = [];
  await page.doing(() => options()[1]?.click());
  expect(done).toBe('undone');
  await page.doing(() => {});
  expect(said()).not.toContain('Undou');
});

test('the palette opens the selected entry and closes', async () => {
  paletteShown.value = true;
  page = await showPage(<Palette />, FAKES);
  await type('payne@');
  const options = [...page.root.querySelectorAll<HTMLElement>('[role=option]')];
  await page.doing(() => options.find((option) => option.textContent?.includes('Payne'))?.click());
  expect(location.search).toBe('?assignee=payne%40example.com');
  expect(paletteShown.value).toBe(false);
});

test('each press changes the theme: from system to light, to dark, to system', async () => {
  page = await showPage(<Shell>{null}</Shell>, FAKES);
  const root = document.documentElement;
  const turn = () => page.doing(() => page.root.querySelector<HTMLElement>('.foot .btn')?.click());
  const seen = [];
  for (let press = 0; press < 3; press++) {
    await turn();
    seen.push([root.dataset['theme'], localStorage.getItem('theme')]);
  }
  expect(seen).toEqual([
    ['light', 'light'],
    ['dark', 'dark'],
    [undefined, null],
  ]);
});

test('shortcuts show the modifier of the keyboard: ⌘ on a Mac, an iPhone or an iPad, Ctrl elsewhere', async () => {
  expect(['MacIntel', 'iPhone', 'iPad'].map(modifier)).toEqual(['⌘', '⌘', '⌘']);
  expect(['Win32', 'Linux x86_64', 'Linux armv8l', ''].map(modifier)).toEqual(['Ctrl', 'Ctrl', 'Ctrl', 'Ctrl']);
  page = await showPage(<KeysHelp />, {});
  expect(page.text()).not.toContain('⌘');
});

test('the badge of Incidents shows the number of unacknowledged incidents, with a text', async () => {
  page = await showPage(<Shell>{null}</Shell>, FAKES);
  expect(page.root.querySelector('.nav .n')?.textContent).toBe('2 unacknowledged incidents');
});

describe('a server without a channel for people', () => {
  const banner = () => page.root.querySelector('main .banner[role=status]');
  const withChannels = (can_reach_people: boolean, can_reach_rooms: boolean) => ({
    ...FAKES,
    notify: { channels: async () => ({ can_reach_people, can_reach_rooms, lost_settings: [], channels: [] }) },
  });
  afterEach(() => localStorage.removeItem('channels'));

  test('shows a banner on every page, with what to do and where', async () => {
    page = await showPage(<Shell>{null}</Shell>, withChannels(false, false));
    expect(banner()?.textContent).toContain('Set up e-mail or another channel.');
    expect(banner()?.querySelector('a')?.getAttribute('href')).toBe('/admin?tab=channels');
    expect(banner()?.querySelector('button')).toBeNull();
  });

  test('asks viewers to contact an administrator', async () => {
    const viewer = { ...ANA, role: 'viewer' } as const;
    page = await showPage(<Shell>{null}</Shell>, withChannels(false, false), '/alerts', viewer);
    expect(banner()?.textContent).toContain('No page reaches anyone. Set up e-mail');
    expect(banner()?.textContent).toContain('Ask an administrator.');
    expect(banner()?.querySelector('a')).toBeNull();
  });

  test('that has a channel for rooms asks for one for people', async () => {
    page = await showPage(<Shell>{null}</Shell>, withChannels(false, true));
    expect(banner()?.textContent).toContain(
      'Pages reach rooms, but no person. Set up e-mail or another channel for people',
    );
    expect(banner()?.textContent).not.toContain('WEBHOOK_URL');
  });

  test('names the settings that a changed SECRET_KEY has lost', async () => {
    const channels = async () => ({
      ...{ can_reach_people: true, can_reach_rooms: true, lost_settings: ['SMTP_URL'], channels: [] },
    });
    page = await showPage(<Shell>{null}</Shell>, { ...FAKES, notify: { channels } });
    const lost = page.root.querySelector('main .banner[role=alert]');
    expect(lost?.textContent).toContain('SECRET_KEY has changed: SMTP_URL cannot be read.');
    expect(lost?.querySelector('a')?.getAttribute('href')).toBe('/admin?tab=channels');
  });

  test('hides the banner once a channel for people is configured', async () => {
    localStorage.setItem('channels', 'all');
    page = await showPage(<Shell>{null}</Shell>, withChannels(true, false));
    expect(banner()).toBeNull();
    expect(localStorage.getItem('channels')).toBeNull();
  });

  test('draws the banner of the last answer until the server answers', () => {
    expect(missingOf(undefined, 'all')).toBe('all');
    expect(missingOf(undefined, 'people')).toBe('people');
    expect(missingOf(undefined, 'other')).toBeNull();
    expect(missingOf({ can_reach_people: true, can_reach_rooms: false }, 'all')).toBeNull();
  });
});

test('the density is kept on this device', () => {
  setDensity('compact');
  expect([document.documentElement.dataset['density'], localStorage.getItem('density')]).toEqual([
    'compact',
    'compact',
  ]);
  setDensity('comfortable');
  expect([document.documentElement.dataset['density'], localStorage.getItem('density')]).toEqual([undefined, null]);
});

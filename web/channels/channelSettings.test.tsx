/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../src/kernel/ports/problem';
import { channelAnswer } from '../testing/channels';
import { closePage, type ShownPage, showPage } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { Channels } from './Channels';
import type { Setting } from './settingFields';

/** The dialog that sets a channel up. */

const setting = (name: string, of: Partial<Setting> = {}): Setting => ({
  ...{ name, means: `What ${name} is`, secret: false, source: 'default', set: false, value: null, problem: null },
  ...of,
});
const SLACK = channelAnswer({
  channel: 'slack',
  title: 'Slack',
  inbound_url: 'https://tocsin.example.com/api/v1/inbound/slack',
  settings: [
    setting('SLACK_TOKEN', { secret: true, source: 'stored', set: true }),
    setting('SLACK_SIGNING_SECRET', { secret: true, source: 'stored', problem: 'lost' }),
    setting('SLACK_NAME', { source: 'stored', set: true, value: 'Ops' }),
    setting('SLACK_BASE', { source: 'default', value: 'https://slack.com' }),
    setting('SLACK_CHANNEL', { source: 'environment', set: true, value: '#ops' }),
  ],
});
let page: ShownPage;
let given: unknown[];
let refusal: Problem | null;

async function open(): Promise<void> {
  [given, refusal] = [[], null];
  page = await showPage(
    <>
      <Channels />
      <Toasts />
    </>,
    {
      notify: {
        channels: async () => ({
          ...{ can_reach_people: false, can_reach_rooms: true, lost_settings: [] },
          channels: [SLACK, channelAnswer({ channel: 'mock', title: 'Mock', reaches: false })],
        }),
        setChannelSettings: async (input) => {
          given.push(input);
          if (refusal !== null) throw refusal;
          return SLACK;
        },
      },
    },
    '/admin?tab=channels',
  );
  await page.doing(() => (page.root.querySelector('tbody button') as HTMLButtonElement).click());
}
afterEach(() => {
  unsay();
  closePage();
});

const field = (name: string) => page.root.querySelector(`[name="${name}"]`) as HTMLInputElement;
const save = () => page.doing(() => page.button('Save settings').click());
const dialog = () => page.root.querySelector('dialog')?.textContent ?? '';

test('shows no secret, and which settings the environment fixes', async () => {
  await open();
  expect([field('SLACK_TOKEN').type, field('SLACK_TOKEN').value]).toEqual(['password', '']);
  expect(field('SLACK_NAME').value).toBe('Ops');
  expect(field('SLACK_CHANNEL')).toBeNull();
  expect(dialog()).toContain('Set by the environment');
  expect(dialog()).toContain('#ops');
  expect(dialog()).toContain('SECRET_KEY has changed');
  expect(dialog()).toContain('Default: https://slack.com');
});

test('shows the address for the provider, to be copied', async () => {
  await open();
  expect(dialog()).toContain('https://tocsin.example.com/api/v1/inbound/slack');
});

test('sends only what changed', async () => {
  await open();
  await page.doing(() => {
    field('SLACK_SIGNING_SECRET').value = ' new secret ';
    field('SLACK_BASE').value = 'https://slack.example.com';
  });
  await save();
  expect(given).toEqual([
    { channel: 'slack', SLACK_SIGNING_SECRET: 'new secret', SLACK_BASE: 'https://slack.example.com' },
  ]);
  expect(page.text()).toContain('The settings of Slack are saved');
});

test('deletes a stored secret by its tick, and another setting if it is emptied', async () => {
  await open();
  await page.doing(() => {
    field('delete SLACK_TOKEN').checked = true;
    field('SLACK_NAME').value = '';
  });
  await save();
  expect(given).toEqual([{ channel: 'slack', SLACK_TOKEN: null, SLACK_NAME: null }]);
});

test('asks nothing of the server if nothing changed', async () => {
  await open();
  await save();
  expect(given).toEqual([]);
});

test('shows a refusal beside its setting', async () => {
  await open();
  refusal = new Problem('invalid', 'no', { errors: [{ path: 'SLACK_BASE', message: 'must be a URL' }] });
  await page.doing(() => {
    field('SLACK_BASE').value = 'ops';
  });
  await save();
  expect(field('SLACK_BASE').getAttribute('aria-invalid')).toBe('true');
  expect(dialog()).toContain('must be a URL');
});

test('a channel without settings has no form', async () => {
  await open();
  expect([...page.root.querySelectorAll('tbody button')].map((each) => each.textContent)).toEqual([
    'Set upSlack',
    'Send a testSlack',
    'Send a testMock',
  ]);
});

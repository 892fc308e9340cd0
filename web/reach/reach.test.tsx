/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { Problem } from '../../src/kernel/ports/problem';
import { channelAnswer } from '../testing/channels';
import { closePage, type ShownPage, showPage, ANA as VIEWER } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { MethodsCard } from './MethodsCard';
import type { Method } from './methods';
import { PersonPage } from './PersonPage';
import { useReach } from './useReach';

/** The contact methods of a person on their account. */

const ANA = 'ana@example.com';
const AT = '2026-03-28T02:00:00.000Z';
const method = (id: number, of: Partial<Method> = {}): Method => ({
  id: `00000000-0000-4000-8000-00000000000${id}`,
  person: ANA,
  channel: 'email',
  address: `ana${id}@example.com`,
  label: '',
  state: 'verified',
  position: id,
  proof: 'code',
  usable: true,
  unusable_because: null,
  verified_at: AT,
  last_delivered_at: null,
  last_answered_at: null,
  last_error: null,
  on_failure_since: null,
  created_at: AT,
  created_by: ANA,
  ...of,
});
const CODE = { sent: true, reason: null, expires_at: AT, again_at: AT };
const CHANNELS = [
  channelAnswer({
    channel: 'email',
    title: 'E-mail',
    people: true,
    address_kind: 'email',
    address_hint: 'An address.',
  }),
  channelAnswer({ channel: 'sms', title: 'SMS', people: true, address_kind: 'phone' }),
  channelAnswer({ channel: 'slack', title: 'Slack', people: false }),
  channelAnswer({ channel: 'webhook', title: 'Webhook', people: true, configured: false }),
];
let page: ShownPage;
let asked: [string, unknown][];
let refusal: Problem | null;

const Own = () => <MethodsCard person={ANA} of={useReach(ANA)} />;

async function open(methods: Method[], onCall: string[] = []): Promise<void> {
  [asked, refusal] = [[], null];
  const noting =
    <T,>(name: string, answer: T) =>
    async (input: unknown): Promise<T> => {
      asked.push([name, input]);
      if (refusal !== null) throw refusal;
      return answer;
    };
  const duty = { name: 'Ana', email: ANA, phone: null, source: { kind: 'rotation' } };
  page = await showPage(
    <>
      <Own />
      <Toasts />
    </>,
    {
      notify: {
        contactMethods: async () => ({ person: ANA, contact_methods: methods }),
        channels: async () => ({
          ...{ can_reach_people: true, can_reach_rooms: true, lost_settings: [], channels: CHANNELS },
        }),
        addContactMethod: noting('add', {
          ...method(5, { state: 'unverified', address: '+4915123456789' }),
          code: CODE,
        }),
        verifyContactMethod: noting('verify', method(5)),
        sendContactCode: noting('code', CODE),
        changeContactMethod: noting('change', method(1)),
        deleteContactMethod: noting('delete', undefined),
      },
      oncall: {
        onCallNow: async () => ({
          at: AT,
          teams: onCall.map((team) => ({ team, primaries: [duty as never], secondaries: [], until: null })),
        }),
      },
    },
    '/account',
  );
}
afterEach(() => {
  unsay();
  closePage();
});

const press = (name: string) => page.doing(() => page.button(name).click());
const dialog = () => page.root.querySelector('dialog')?.textContent ?? '';

test('a phone number is added by the channels that people can have, and verified by its code', async () => {
  await open([]);
  expect(page.text()).toContain('No way to reach you yet');
  await press('Add a way to reach you');
  const channel = page.root.querySelector('select') as HTMLSelectElement;
  expect([...channel.options].map(({ text }) => text)).toEqual(['E-mail', 'SMS']);
  await page.doing(() => {
    channel.value = 'sms';
    channel.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(page.field('address').type).toBe('tel');
  await page.doing(() => {
    page.field('address').value = '+49 151 23456789';
    page.field('label').value = 'Work';
  });
  await press('Add and send a code');
  expect(asked).toEqual([['add', { person: ANA, channel: 'sms', address: '+49 151 23456789', label: 'Work' }]]);
  expect(dialog()).toContain('+4915123456789');
  await page.doing(() => {
    page.field('code').value = '123456';
  });
  await press('Verify');
  expect(asked.at(-1)).toEqual(['verify', { id: method(5).id, code: '123456' }]);
  expect(page.text()).toContain('It is verified');
});

test('a refused address is shown beside its field', async () => {
  await open([]);
  await press('Add a way to reach you');
  await page.doing(() => {
    page.field('address').value = 'ana@b';
  });
  refusal = new Problem('invalid', 'no', { errors: [{ path: 'address', message: 'This is no phone number' }] });
  await press('Add and send a code');
  expect(page.field('address').getAttribute('aria-invalid')).toBe('true');
  expect(dialog()).toContain('This is no phone number');
});

test('each method shows its state, why it is not used, and when it last delivered', async () => {
  await open([
    method(1, { state: 'failing', on_failure_since: AT, last_error: 'HTTP 410' }),
    method(2, { state: 'unverified', usable: false, unusable_because: 'unverified' }),
  ]);
  const [failing, unverified] = [...page.root.querySelectorAll('li')].map((each) => each.textContent);
  expect(failing).toContain('Failing since');
  expect(failing).toContain('HTTP 410');
  expect(failing).toContain('never delivered');
  expect(unverified).toContain('Pages use it after it is verified.');
});

test('methods are moved and disabled', async () => {
  await open([method(1), method(2)]);
  await press('Move upE-mail ana2@example.com');
  await press('DisableE-mail ana1@example.com');
  expect(asked).toEqual([
    ['change', { id: method(2).id, position: 0 }],
    ['change', { id: method(1).id, disabled: true }],
  ]);
});

test('a delete warns while its owner is on call, and if it is the last way', async () => {
  await open([method(1)], ['payments']);
  await press('DeleteE-mail ana1@example.com');
  expect(dialog()).toContain('You are on call for payments now.');
  expect(dialog()).toContain('It is the last address that reaches you');
  expect(dialog()).not.toContain('your other addresses');
  await press('Delete it');
  expect(asked).toEqual([['delete', { id: method(1).id }]]);
});

test('a delete of one of several by someone off call warns of nothing', async () => {
  await open([method(1), method(2)]);
  await press('DeleteE-mail ana1@example.com');
  expect(dialog()).not.toContain('on call');
  expect(dialog()).not.toContain('last address');
});

test('the contact card of the server is offered', async () => {
  await open([]);
  expect(page.root.querySelector('a')?.getAttribute('href')).toBe('/api/v1/contact-card.vcf');
});

describe('the page of a person', () => {
  const show = async (methods: Method[], reachable: boolean, onCall: string[] = []) => {
    const proof = { last_proof_at: reachable ? new Date(Date.now() - 45_000).toISOString() : null };
    page = await showPage(
      <Router>{[<Route key="person" path="/people/:person" component={PersonPage} />]}</Router>,
      {
        notify: {
          contactMethods: async () => ({ person: ANA, contact_methods: methods }),
          channels: async () => ({
            ...{ can_reach_people: true, can_reach_rooms: true, lost_settings: [], channels: CHANNELS },
          }),
          notificationRules: async () => ({
            ...{ person: ANA, quiet_hours: { from: '22:00', to: '07:00' }, defaults: true, set: [] },
            ...{ high: [{ after_minutes: 0, methods: ['*email'] }], low: [] },
          }),
          reachability: async () => ({
            people: [{ person: ANA, reachable, by_schedule_entry: false, ...proof, methods: methods as never }],
          }),
        },
        oncall: {
          people: async () => [{ name: 'Ana Brandt', email: ANA }] as never,
          onCallNow: async () => ({
            at: AT,
            teams: onCall.map((team) => ({ team, primaries: [{ email: ANA } as never], secondaries: [], until: null })),
          }),
        },
      },
      '/people/ana%40example.com',
      { ...VIEWER, email: 'ben@example.com' },
    );
  };

  test('shows by what they can be reached, the latest proof and the rules in words, and no button', async () => {
    await show([method(1, { label: 'Work', last_delivered_at: AT }), method(2, { usable: false })], true);
    expect(page.text()).toContain('How Ana Brandt is reached');
    expect(page.text()).toMatch(/UsableE-mailLast proof4\d s/);
    expect(page.text()).toContain('At onceEvery e-mail address');
    expect(page.text()).toContain('Every day, 22:00 to 07:00 the next day, in the time zone of the schedule.');
    expect(page.root.querySelector('button')).toBeNull();
  });

  test('warns if no page reaches them, and names the teams that they are on call for', async () => {
    await show([method(1, { usable: false, state: 'unverified', unusable_because: 'unverified' })], false, ['web']);
    expect(page.root.querySelector('[role=alert]')?.textContent).toBe(
      'No page reaches this person. They are on call for web now.',
    );
  });
});

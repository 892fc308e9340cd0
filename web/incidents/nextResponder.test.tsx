/** @jest-environment @happy-dom/jest-environment */
import { lastHeartbeatAt } from '../live/connection';
import { anIncident, closePage, type ShownPage, showPage } from '../testing/page';
import { now } from '../ui/times';
import { EscalationCall } from './Clock';
import { type EscalationState, nextResponder } from './nextResponder';
import type { Whole } from './timelineSentence';

const person = (name: string, role: string) => ({ name, role });
const responderOf = (told: { name: string; role: string }[] | null, why: string | null = 'x') =>
  nextResponder({ told, why });

describe('the next responder', () => {
  test('has role and name; a step with several responders names all of them', () => {
    expect(responderOf([person('Ben', 'secondary')])).toEqual({
      ...{ name: 'Secondary (Ben)', within: 'secondary (Ben)', short: 'Ben' },
    });
    expect(responderOf([person('Ana', 'primary')], 'primary_again')?.name).toBe('Primary again (Ana)');
    const several = [person('Dana Novak', 'person'), person('slack:ops', 'paged_room'), person('Ana', 'primary')];
    expect(responderOf(several)?.name).toBe('Dana Novak, slack:ops and primary (Ana)');
  });

  test('is a team with its first names', () => {
    const team = ['Ana', 'Ben', 'Cy', 'Dee', 'Eve'].map((name) => person(name, 'member'));
    expect(responderOf(team)).toMatchObject({ name: 'Everybody (Ana, Ben and 3 more)', short: 'Everybody' });
    expect(responderOf(team.slice(0, 3))?.name).toBe('Everybody (Ana, Ben and Cy)');
  });

  test('is empty if the schedule has a gap, though a room is notified', () => {
    expect(responderOf([person('slack:ops', 'room')])?.name).toBe('No one');
    expect(responderOf([], 'nobody_on_call')?.name).toBe('No one');
  });

  test('is unknown if oncall does not answer, or if the step waits for support hours', () => {
    expect(responderOf(null, null)).toBeNull();
    expect(responderOf([], 'outside_support_hours')).toBeNull();
  });
});

describe('the escalation of an incident', () => {
  let page: ShownPage;
  afterEach(closePage);

  const open = async (told: { name: string; role: string }[] | null, change: Partial<Whole> = {}): Promise<void> => {
    now.value = Date.now();
    lastHeartbeatAt.value = now.value;
    const at = new Date(now.value + 191_500).toISOString();
    const escalation = { state: 'running', step: 1, round: 0, next_step: 2, next_step_at: at } as const;
    const of = { ...anIncident({ team: 'web', escalation }), alerts: [], notes: [], timeline: [], ...change };
    const state: EscalationState = {
      incident_id: of.id,
      paged: [{ step: 1, at: new Date(now.value - 60_000).toISOString(), names: ['Ana'] }],
      next: { step: 2, at, why: null, told },
    };
    page = await showPage(<EscalationCall of={of as unknown as Whole} />, {
      incidents: { fuses: async () => ({ fuses: [state] }) },
    });
  };
  const ben = [person('Ben', 'secondary')];
  const named = () => [...page.root.querySelectorAll('.escalation-line text.b')].map(({ textContent }) => textContent);

  test('shows who is paged next and when, and the responder of each step', async () => {
    await open(ben);
    expect(page.root.querySelector('.when')?.textContent).toMatch(/^Secondary \(Ben\) will be paged in3:1\d/);
    expect(named()).toEqual(['Ana', 'Ben']);
    expect(page.root.querySelector('.escalation-line')?.getAttribute('aria-label')).toMatch(
      /Ana was paged at .*; Secondary \(Ben\) will be paged at/,
    );
  });

  test('shows no countdown while the connection is not live', async () => {
    await open(ben);
    await page.doing(() => {
      now.value += 60_000;
    });
    expect(page.root.querySelector('.when')?.textContent).toMatch(/^Secondary \(Ben\) will be pagedat \d\d:\d\d:\d\d/);
  });

  test('names the step if its responder is unknown', async () => {
    await open(null);
    expect(page.root.querySelector('.when')?.textContent).toMatch(/^Step 2 pages the next in line3:1\d/);
    expect(named()).toEqual(['Ana', 'Step 2']);
  });

  test('is hidden once the incident is resolved', async () => {
    await open(ben, { status: 'resolved' });
    expect(page.root.querySelector('.call')).toBeNull();
  });
});

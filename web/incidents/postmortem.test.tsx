/** @jest-environment @happy-dom/jest-environment */
import fc from 'fast-check';
import { Route, Router } from 'preact-iso';
import { Problem } from '../../src/kernel/ports/problem';
import { lastHeartbeatAt, publishEvent } from '../live/connection';
import type { Ports } from '../ports';
import { ANA, anIncident, closePage, type ShownPage, settled, showPage } from '../testing/page';
import { hasUnsaved } from '../ui/page';
import { exact, now } from '../ui/times';
import { Toasts, unsay } from '../ui/toast';
import { IncidentPage } from './IncidentPage';
import { draftOf, LONGEST_TEXT } from './postmortemDraft';
import type { Whole } from './timelineSentence';

type Saved = Awaited<ReturnType<Ports['incidents']['savePostmortem']>>;

let page: ShownPage;
/** The versions on the server, oldest first. */
let versions: Saved[];
let sent: unknown[];
const AT = '2026-03-28T02:12:06.000Z';

const entry = (
  event_type: Whole['timeline'][number]['event_type'],
  detail: Record<string, unknown> = {},
  actor = 'Ben',
) => ({ id: crypto.randomUUID(), event_type, actor, detail, created_at: AT });

const whole = (change: Partial<Whole> = {}): Whole => ({
  ...anIncident({ title: '[HIGH] checkout: Payments fail' }),
  alerts: [],
  alerts_total: 0,
  alerts_firing: 0,
  notes: [],
  timeline: [entry('created', {}, 'system')],
  ...change,
});

const version = (n: number, text: string, author = 'ben'): Saved => ({
  incident_id: INCIDENT.id,
  version: n,
  text,
  author,
  author_kind: 'user',
  saved_at: AT,
});

const INCIDENT = whole();

const incidents = (of: Whole): Partial<Ports['incidents']> => ({
  get: async () => of,
  postmortem: async () =>
    versions.at(-1) ?? {
      ...{ incident_id: of.id, version: 0, text: null, author: null, author_kind: null, saved_at: null },
    },
  postmortemVersions: async () => ({
    incident_id: of.id,
    versions: versions.toReversed().map(({ text: _, incident_id: __, ...saved }) => saved),
  }),
  postmortemVersion: async ({ version: n }) => versions.find((each) => each.version === n) as Saved,
  savePostmortem: async ({ text, version: from }) => {
    sent.push({ text, version: from });
    if (from !== (versions.at(-1)?.version ?? 0)) throw new Problem('conflict', 'ben saved another version', {});
    const made = version(from + 1, text, 'ana');
    versions.push(made);
    return made;
  },
});

const Shown = () => (
  <>
    <Router>{[<Route key="incident" path="/incidents/:id" component={IncidentPage} />]}</Router>
    <Toasts />
  </>
);

async function open(of: Whole = INCIDENT, role: 'admin' | 'viewer' = 'admin'): Promise<void> {
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
  page = await showPage(
    <Shown />,
    { incidents: incidents(of), notify: { ofIncident: async () => ({ notifications: [], total: 0 }) } },
    `/incidents/${of.id}`,
    { ...ANA, role },
  );
  await page.doing(() => page.root.querySelector<HTMLElement>('#postmortem-tab')?.click());
}

/** A reload: the page is closed and opened again; only the device and the server keep data. */
async function reload(): Promise<void> {
  page.close();
  await settled();
  await open();
}

async function savedByAnother(text: string): Promise<void> {
  versions.push(version(versions.length + 1, text));
  const data = { version: versions.length };
  await page.doing(() =>
    publishEvent({
      ...{ module: 'incidents', kind: 'incident_postmortem_saved', subject: INCIDENT.id, actor: 'ben', at: AT, data },
    } as never),
  );
  // The first request after an event is sent at once, a later one after a pause; a change of the tab also sends one.
  await settled();
}

const editor = () => page.root.querySelector<HTMLTextAreaElement>('textarea:not([readonly])') as HTMLTextAreaElement;
const write = (text: string) =>
  page.doing(() => {
    const area = editor();
    area.value = text;
    area.dispatchEvent(new Event('input', { bubbles: true }));
  });
const click = (name: string) => page.doing(() => page.button(name).click());
const kept = () => Object.keys(localStorage).filter((key) => key.startsWith('postmortem:'));

beforeEach(() => {
  versions = [];
  sent = [];
  localStorage.clear();
});
afterEach(() => {
  unsay();
  closePage();
});

describe('the tab of the post-mortem', () => {
  test('offers the draft from the timeline while nothing is saved', async () => {
    await open();
    expect(editor().value).toBe(draftOf(INCIDENT));
    expect(page.text()).toContain('Draft from the timeline, not saved yet.');
    await click('Save');
    expect(sent).toEqual([{ text: draftOf(INCIDENT), version: 0 }]);
    expect(page.text()).toMatch(/Saved by ana .*, version 1\./);
  });

  test('shows the saved text, who saved it and when', async () => {
    versions = [version(1, 'old'), version(2, '**The cable** was loose.')];
    await open();
    expect(page.root.querySelector('.prose strong')?.textContent).toBe('The cable');
    expect(page.text()).toMatch(/Saved by ben .*, version 2\./);
    expect(hasUnsaved()).toBe(false);
  });

  test('sends the version that the text is based on, and forgets the unsaved text after the save', async () => {
    versions = [version(1, 'old')];
    await open();
    await click('Edit');
    await write('new');
    expect([hasUnsaved(), kept().length]).toEqual([true, 1]);
    await click('Save');
    expect(sent).toEqual([{ text: 'new', version: 1 }]);
    expect([hasUnsaved(), kept()]).toEqual([false, []]);
  });

  test('shows unsaved text after a reload, and can discard it', async () => {
    versions = [version(1, 'old')];
    await open();
    await click('Edit');
    await write('half a thought');
    await reload();
    expect(editor().value).toBe('half a thought');
    expect([page.text().includes('is back. Save or discard it.'), hasUnsaved()]).toEqual([true, true]);
    await click('Discard');
    await page.doing(() => [...page.root.querySelectorAll<HTMLElement>('dialog button')].at(-1)?.click());
    await page.doing(() =>
      page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
    );
    expect([page.text().includes('old'), kept(), hasUnsaved()]).toEqual([true, [], false]);
  });

  test('marks the tab of an incident that has unsaved text on this device', async () => {
    await open();
    await write('half a thought');
    page.close();
    await settled();
    await open();
    expect(page.root.querySelector('#postmortem-tab')?.textContent).toBe('Post-mortem, unsaved');
  });

  test('keeps the text while another tab is open, and asks before the page is left', async () => {
    await open();
    await write('half a thought');
    await page.doing(() => page.root.querySelector<HTMLElement>('#timeline-tab')?.click());
    expect(hasUnsaved()).toBe(true);
    await page.doing(() => page.root.querySelector<HTMLElement>('#postmortem-tab')?.click());
    expect(editor().value).toBe('half a thought');
  });

  test('shows a version of another person beside the unsaved text, and saves neither by itself', async () => {
    versions = [version(1, 'old')];
    await open();
    await click('Edit');
    await write('mine');
    await savedByAnother('theirs');
    expect(page.text()).toContain('ben saved version 2');
    const areas = [...page.root.querySelectorAll('textarea')].map(({ value, readOnly }) => [value, readOnly]);
    expect(areas).toEqual([
      ['mine', false],
      ['theirs', true],
    ]);
    expect(() => page.button('Save')).toThrow();
    await click('Save mine as version 3');
    expect(sent).toEqual([{ text: 'mine', version: 2 }]);
    expect(page.text()).not.toContain('while you edited');
  });

  test('a later save loses nothing: the text stays, and the other version is shown', async () => {
    versions = [version(1, 'old')];
    await open();
    await click('Edit');
    await write('mine');
    versions.push(version(2, 'theirs'));
    await click('Save');
    expect(editor().value).toBe('mine');
    expect(page.text()).toContain('ben saved version 2');
    await click('Take theirs');
    await page.doing(() =>
      page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
    );
    expect([editor().value, kept(), versions.length]).toEqual(['theirs', [], 2]);
  });

  test('a version of another person is shown at once if no text is unsaved', async () => {
    versions = [version(1, 'old')];
    await open();
    await savedByAnother('theirs');
    expect(page.text()).toContain('theirs');
    expect(page.text()).toContain('version 2.');
  });

  test('an older version can be read and restored as a new one', async () => {
    versions = [version(1, 'the first'), version(2, 'the second')];
    await open();
    await page.doing(() => {
      const details = page.root.querySelector('[role=tabpanel] details') as HTMLDetailsElement;
      details.open = true;
      details.dispatchEvent(new Event('toggle'));
    });
    await click('Show version 1');
    expect(page.root.querySelector('dialog')?.textContent).toContain('the first');
    await page.doing(() =>
      page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
    );
    expect(sent).toEqual([{ text: 'the first', version: 2 }]);
    expect(page.text()).toContain('version 3.');
  });

  test('a viewer can read it, without a button to change it', async () => {
    versions = [version(1, 'old')];
    await open(INCIDENT, 'viewer');
    expect(page.text()).toContain('old');
    expect(page.root.querySelector('textarea')).toBeNull();
    expect(() => page.button('Save')).toThrow();
  });

  test('keeps the unsaved text of the five newest incidents only', async () => {
    for (let n = 0; n < 7; n++) {
      localStorage.setItem(
        `postmortem:ana:other-${n}`,
        JSON.stringify({ text: 'x', version: 0, at: `2026-03-2${n}T00:00:00.000Z` }),
      );
    }
    await open();
    await write('mine');
    expect(kept().sort()).toEqual(
      [`postmortem:ana:${INCIDENT.id}`, ...[3, 4, 5, 6].map((n) => `postmortem:ana:other-${n}`)].sort(),
    );
  });
});

describe('the draft', () => {
  test('has every entry, facts and people, and no text can break its list', () => {
    const draft = draftOf(
      whole({
        timeline: [
          entry('created', {}, 'system'),
          entry('paged', { step: 1, told: [{ name: 'Ana', role: 'primary', reachable: true }] }, 'system'),
          entry('note_added', { preview: 'a\n# b' }),
        ],
      }),
    );
    expect(draft).toContain('# Post-mortem: Payments fail');
    expect(draft).toMatch(/\n- \d\d:12:06 Ben added a note: a # b\n/);
    expect(draft).toContain('- Acted: Ben\n- Paged: Ana');
    expect(draft).toContain('- Severity: High');
  });

  test('attaches the links of alerts and of notes', () => {
    const alert: Whole['alerts'][number] = {
      ...{ id: crypto.randomUUID(), service: 'checkout', severity: 'high', message: 'Payments fail', source: 'api' },
      ...{ labels: {}, fingerprint: 'f', timestamp: AT, created_at: AT, description: null, incident_id: INCIDENT.id },
      ...{ firing: false, ended_at: AT, incident_state: null },
      links: [
        { kind: 'runbook', url: 'https://wiki.example/a_(b)' },
        { kind: 'dashboard', url: 'https://grafana.example/d/1' },
        { kind: 'source', url: 'http://prometheus.example/graph?g0.expr=up' },
      ],
    };
    const note = {
      ...{ id: crypto.randomUUID(), author: 'ben', actor: 'ben', created_at: AT },
      content: 'See [the chart](https://charts.example/1) and https://log.example/2',
    };
    const draft = draftOf(whole({ alerts: [alert], alerts_total: 1, notes: [note] }));
    expect(draft).toContain(
      '[Runbook](https://wiki.example/a_%28b%29) · [Dashboard](https://grafana.example/d/1) · [Source](http://prometheus.example/graph?g0.expr=up)',
    );
    expect(draft).toContain(`- [the chart](https://charts.example/1) (from a note of ben, ${exact(AT)})`);
    expect(draft).toContain('- https://log.example/2 (from a note of ben');
  });

  test('is no longer than the limit of the server, and keeps the actions of people', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 4_000 }), (storm, length) => {
        const id = crypto.randomUUID();
        const note = { id, author: 'ben', actor: 'ben', content: 'é '.repeat(length), created_at: AT };
        const timeline = [
          ...Array.from({ length: storm }, () =>
            entry('severity_changed', { alert_id: 'x', alert: 'm'.repeat(length) }),
          ),
          entry('note_added', { note_id: id }),
          entry('resolved'),
        ];
        const draft = draftOf(whole({ timeline, notes: [note] }));
        expect(draft.length).toBeLessThanOrEqual(LONGEST_TEXT);
        expect(draft).toContain('Ben resolved this incident');
        expect(draft).toContain('## Actions');
      }),
      { numRuns: 20 },
    );
  });
});

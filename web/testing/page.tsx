import { render } from 'preact';
import { act } from 'preact/test-utils';
import { LocationProvider } from 'preact-iso';
import type { Incident } from '../../src/incidents/contract';
import { answerWith, type Ports } from '../ports';
import { me } from '../session';
import { forgetAnswers } from '../useQuery';

/** A page on its own, with fakes for the ports. */

type Fakes = { [M in keyof Ports]?: Partial<Ports[M]> };

export interface ShownPage {
  root: HTMLElement;
  text(): string;
  /** Runs an action and waits until all its requests are answered. */
  doing(what: () => void): Promise<void>;
  button(name: string): HTMLButtonElement;
  /** Finds a field by its name. */
  field(name: string): HTMLInputElement;
  close(): void;
}

export const ANA = {
  username: 'ana',
  kind: 'user',
  role: 'admin',
  email: 'ana@example.com',
  expires_at: '2099-01-01T00:00:00.000Z',
} as const;

/** Lets finished answers be drawn. */
export const settled = (): Promise<void> =>
  act(async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  });

let shown: ShownPage | undefined;

/** Closes the page that was shown last; for `afterEach`, also after a test without a page. */
export const closePage = (): void => shown?.close();

/** Draws a page with fakes for the ports, at an address, for a logged-in user. */
export async function showPage(
  page: preact.ComponentChild,
  fakes: Fakes,
  url = '/',
  who: typeof me.value = ANA,
): Promise<ShownPage> {
  forgetAnswers();
  answerWith(fakes);
  me.value = who;
  history.replaceState(null, '', url);
  const root = document.body.appendChild(document.createElement('div'));
  await act(() => render(<LocationProvider>{page}</LocationProvider>, root));
  await settled();
  const named = (name: string) =>
    [...root.querySelectorAll('button')].find(
      (button) => (button.getAttribute('aria-label') ?? button.textContent)?.trim() === name,
    );
  shown = {
    root,
    text: () => root.textContent ?? '',
    doing: async (what) => {
      await act(what);
      await settled();
    },
    button: (name) => {
      const found = named(name);
      if (!found) throw new Error(`There is no button ${name}.`);
      return found;
    },
    field: (name) => {
      const found = root.querySelector<HTMLInputElement>(`[name="${name}"]`);
      if (!found) throw new Error(`There is no field ${name}.`);
      return found;
    },
    close: () => {
      render(null, root);
      root.remove();
    },
  };
  return shown;
}

export const press = (key: string): void => {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
};

export const type = (input: HTMLInputElement | HTMLSelectElement, text: string): void => {
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};

/** Submits the form of the dialog on top, else that of the page. */
export const submit = (page: ShownPage): Promise<void> =>
  page.doing(() => {
    const form = page.root.querySelector('dialog form') ?? page.root.querySelector('form');
    form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  });

let made = 0;
export const anIncident = (change: Partial<Incident> = {}): Incident => ({
  id: `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
  title: `[HIGH] checkout: Payments fail ${made}`,
  service: 'checkout',
  severity: 'high',
  status: 'open',
  assigned_to: 'Ben Okafor',
  assignee_email: 'ben@example.com',
  team: 'payments',
  alert_count: 1,
  created_at: '2026-03-28T02:12:04.000Z',
  updated_at: '2026-03-28T02:12:04.000Z',
  acknowledged_at: null,
  resolved_at: null,
  mtta_seconds: null,
  description: null,
  links: [],
  hidden_alerts: 0,
  routing: null,
  not_paged_by: null,
  flapping: false,
  mttr_seconds: null,
  escalation: null,
  snoozed_until: null,
  reach: 'reached',
  ...change,
});

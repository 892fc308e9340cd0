import { addressOf, filtersIn, searchIn } from '../live/address';
import type { Ports } from '../ports';
import type { Touch } from '../useQuery';

export type Silence = Awaited<ReturnType<Ports['alerts']['listSilences']>>['silences'][number];
export type MaintenanceWindow = Awaited<ReturnType<Ports['alerts']['listMaintenanceWindows']>>['windows'][number];
export type State = Silence['state'];

export const STATES: readonly State[] = ['active', 'pending', 'expired'];
export const TONES: Readonly<Record<State, 'on' | undefined>> = {
  active: 'on',
  pending: undefined,
  expired: undefined,
};
export const PER_PAGE = 50;

/** Alerts that become muted have no event of a silence, so lists are polled too. */
export const TOUCHED: Touch = {
  modules: ['alerts'],
  by: ({ kind }) => /^(silence|maintenance|alerts_released)/.test(kind),
  everyMs: 15_000,
};

export interface View {
  state: string | null;
  q: string;
  page: number;
}
const FILTERS = ['state'] as const;
export const viewOf = (query: Record<string, string>): View => ({ ...filtersIn(FILTERS, query), ...searchIn(query) });
export const hrefOf = (view: View, change: Partial<View> = {}): string =>
  addressOf('/silences', FILTERS, { ...view, page: 1, ...change });

/** The lines of a text field, without empty ones. */
export const linesIn = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const PLAIN = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const quoted = (text: string): string =>
  `"${text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))}"`;

/** A matcher in Alertmanager's syntax for a value of an alert, or with `=~` for a pattern. */
export const matcherOf = (name: string, value: string, operator: '=' | '=~' = '='): string =>
  `${PLAIN.test(name) ? name : quoted(name)}${operator}${quoted(value)}`;

/** The server numbers matchers; the field in the dialog is one. */
export const faultOf = (errors: Readonly<Record<string, string>>, field: string): string | undefined =>
  Object.entries(errors).find(([path]) => path === field || path.startsWith(`${field}.`))?.[1];

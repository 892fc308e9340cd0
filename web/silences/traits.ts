import { matcherOf } from './view';

/** What alerts have in common, as matchers for a silence. Pure. */

export interface Reported {
  service: string;
  labels: Readonly<Record<string, string | number | boolean>>;
}

export interface Trait {
  /** Alertmanager's syntax. */
  matcher: string;
  /** The same for people: `env=prod`, or `host=web-1, web-2`. */
  text: string;
  /** All alerts have the same value. */
  common: boolean;
}

/** A label with more values distinguishes alerts; it does not describe them. */
const MOST_VALUES = 10;

/** Service and labels that every alert has: those with one value, and those with a few values as a choice. */
export function traitsOf(alerts: readonly Reported[]): Trait[] {
  const rows = alerts.map(({ service, labels }): Record<string, string> => ({ ...asText(labels), service }));
  const names = Object.keys(rows[0] ?? {}).filter((name) => rows.every((row) => row[name] !== undefined));
  const ordered = ['service', ...names.filter((name) => name !== 'service').sort((a, b) => a.localeCompare(b))];
  return ordered.flatMap((name) => traitOf(name, [...new Set(rows.map((row) => row[name] ?? ''))].sort()));
}

function traitOf(name: string, values: readonly string[]): Trait[] {
  if (values.length === 0 || values.length > MOST_VALUES) return [];
  const [first = ''] = values;
  const text = `${name}=${values.join(', ')}`;
  if (values.length === 1) return [{ matcher: matcherOf(name, first), text, common: true }];
  return [{ matcher: matcherOf(name, values.map(escaped).join('|'), '=~'), text, common: false }];
}

const asText = (labels: Reported['labels']): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));

const escaped = (value: string): string => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

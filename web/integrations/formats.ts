import { ports } from '../ports';
import { type Query, useQuery } from '../useQuery';
import type { Snippet } from './snippets';

/** The set-up of each format comes from the server, so this page names no vendor. */
export type Format = Awaited<ReturnType<typeof ports.alerts.formats>>['formats'][number];

export const useFormats = (): Query<{ formats: Format[] }> => useQuery('formats', () => ports.alerts.formats({}));

/** Shown in place of an unknown key: a word without a meaning in shells and in YAML. */
export const KEY_GOES_HERE = 'YOUR_KEY';

export interface Place {
  /** Such as `https://tocsin.example.com`, without a slash at the end. */
  origin: string;
  /** The key of the integration; known only until its creator leaves the page. */
  key?: string | undefined;
}

/** The snippets of a format for one integration. */
export function snippetsOf({ setup, path }: Format, { origin, key = KEY_GOES_HERE }: Place): Snippet[] {
  const { protocol, host, pathname } = new URL(origin);
  const place = { scheme: protocol.slice(0, -1), host, path: pathname.replace(/\/$/, '') };
  const values = { url: origin + path.replace('{key}', () => key), key, origin, ...place };
  const filled = (code: string) =>
    code.replace(/\{(url|key|origin|scheme|host|path)\}/g, (_, name: keyof typeof values) => values[name]);
  return setup.map((snippet) => ({ ...snippet, code: filled(snippet.code) }));
}

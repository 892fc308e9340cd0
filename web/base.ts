/**
 * Below a prefix (`PUBLIC_URL=https://host/tocsin`) the page's own addresses stay as they are in its code: `/incidents`.
 * The prefix is added where an address goes to the browser, and taken off where it comes from there. The gateway writes it
 * into the shell; without one it is empty.
 */
export const BASE: string = globalThis.document?.documentElement.dataset['base'] ?? '';

/** An address of the page as the browser knows it; what leads elsewhere is left as it is. */
export const withBase = (path: string, base = BASE): string => (/^\/(?!\/)/.test(path) ? base + path : path);

/** An address of the browser as the page knows it. */
export function withoutBase(path: string, base = BASE): string {
  if (base === '' || !path.startsWith(base)) return path;
  const rest = path.slice(base.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : path;
}

/** Where the API answers and people open the page, without a slash at its end. */
export const origin = (): string => location.origin + BASE;

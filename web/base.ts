/**
 * Below a prefix (`PUBLIC_URL=https://host/tocsin`) the code of the page uses addresses without it: `/incidents`.
 * The prefix is added to addresses for the browser and removed from addresses of the browser. The gateway writes it
 * into the shell; without a prefix it is empty.
 */
export const BASE: string = globalThis.document?.documentElement.dataset['base'] ?? '';

/** An address of the page for the browser; addresses of other hosts are returned unchanged. */
export const withBase = (path: string, base = BASE): string => (/^\/(?!\/)/.test(path) ? base + path : path);

/** An address of the browser without the prefix. */
export function withoutBase(path: string, base = BASE): string {
  if (base === '' || !path.startsWith(base)) return path;
  const rest = path.slice(base.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : path;
}

/** The address of API and page, without a slash at the end. */
export const origin = (): string => location.origin + BASE;

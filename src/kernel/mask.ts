/**
 * Masks secrets in text. They are recognized by their shape, because a tool or a person can put one into any field. The
 * patterns are bounded, so that the time is linear in the length.
 */

const SUSPECT = /:\/\/|\/ping\/|[?&][\w-]{1,40}=|eyJ|_|-|AKIA|AIza|SG\.|Bearer|Basic|GenieKey/;

const SHAPES: readonly [pattern: RegExp, shown: string][] = [
  // user:password@ in a URL
  [/:\/\/[^\s/?#"'<>]{1,500}@/g, '://…@'],
  // addresses of incoming webhooks: the path is the secret
  [
    /(https?:\/\/(?:hooks\.slack(?:-gov)?\.com|discord(?:app)?\.com\/api\/webhooks|chat\.googleapis\.com|outlook\.office(?:365)?\.com\/webhook|[\w-]{1,63}\.webhook\.office\.com)\/)[^\s"'<>)]+/gi,
    '$1…',
  ],
  [
    /([?&](?:key|[\w-]{0,40}(?:token|secret|passw(?:or)?d|api_?key|access_?key|signature|sig|auth))=)[^&\s"'<>#]+/gi,
    '$1…',
  ],
  // keys of heartbeats in their ping addresses
  [/(\/ping\/)[\w-]{20,}/g, '$1…'],
  [/\b(Bearer|Basic|GenieKey) +[\w.~+/=-]{16,}/g, '$1 …'],
  [/\b(tc[ks]_|tin_|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk-|sk_live_|sk_test_|whsec_)[\w+=-]{16,}/g, '$1…'],
  [/\b(AKIA)[0-9A-Z]{16}\b|\b(AIza)[\w-]{30,}|\b(SG\.)[\w-]{16,}\.[\w-]{16,}/g, '$1$2$3…'],
  // JSON Web Tokens. A match starts only at the start of a run of such characters, so that no run is read twice.
  [/(?<![\w-])(eyJ)[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, '$1…'],
];

/** Channels whose addresses are URLs that can hold a secret. */
let urlChannels: ReadonlySet<string> = new Set();
/** Matches a room on one of these channels in a text. */
let urlRoom: RegExp | null = null;

/** Sets, once for the process, the channels whose addresses are URLs with a path that can be a secret. */
export function maskUrlsOf(channels: readonly string[]): void {
  urlChannels = new Set(channels);
  urlRoom =
    channels.length === 0
      ? null
      : new RegExp(`\\b((?:${channels.join('|')}):https?:\\/\\/[^\\s/?#"'<>]{1,255})[/?#][^\\s"'<>]*`, 'gi');
}

/** The text with `…` in place of everything that looks like a secret. */
export function maskText(given: string): string {
  if (!SUSPECT.test(given)) return given;
  const text = urlRoom === null ? given : given.replace(urlRoom, '$1/…');
  return SHAPES.reduce((masked, [pattern, shown]) => masked.replace(pattern, shown), text);
}

/** The address of a webhook without its path, which can be its secret. */
function maskUrl(text: string): string {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return maskText(text);
  const { protocol, host, pathname, search } = new URL(text);
  return `${protocol}//${host}${pathname === '/' && search === '' ? '' : '/…'}`;
}

const ADDRESSES = ['recipient', 'address'];

/** A copy of the value with all texts masked. Returns the same object if nothing had to be masked. */
export function masked<T>(value: T): T {
  if (typeof value === 'string') return maskText(value) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Error) return value;
  if (Array.isArray(value)) {
    const items = value.map(masked);
    return items.some((item, at) => item !== value[at]) ? (items as T) : value;
  }
  return maskedFields(value as Record<string, unknown>) as T;
}

function maskedFields(value: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(value)) {
    const isAddress =
      typeof field === 'string' && ADDRESSES.includes(name) && urlChannels.has(String(value['channel']));
    const shown = isAddress ? maskUrl(field) : masked(field);
    if (shown === field) continue;
    copy ??= { ...value };
    copy[name] = shown;
  }
  return copy ?? value;
}

/**
 * Whether a caller may see unmasked values. Only administrators set rooms, webhooks and integrations, so only they see
 * them unmasked. The role is null for internal callers.
 */
export const maySeeSecrets = (role: string | null): boolean => role === null || role === 'admin';

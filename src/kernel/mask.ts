import type { Steps } from './async/steps';
import { lightGroups, weightOf } from './ports/weight';

/**
 * Masks secrets in text. They are recognized by their shape, because a tool or a person can put one into any field. The
 * patterns are bounded, so that the time is linear in the length.
 */

/** Part of every secret. Most texts have none of these, among them times and ids, and need no other pattern. */
const SUSPECT =
  /:\/\/|:\+\d|\/ping\/|[?&][\w-]{3,50}=|eyJ|AKIA|AIza|SG\.|(?:Bearer|Basic|GenieKey) |tc[ks]_|tin_|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk[-_]|whsec_/;

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
  // push subscriptions of browsers, with the keys to encrypt for them
  [/\{"endpoint":"(https?:\/\/[^\s/?#"]{1,255})[^\s"]{0,1000}","keys":\{[^{}]{0,300}\}\}/g, '$1/…'],
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

/** Matches a room on a channel whose addresses are phone numbers. */
let phoneRoom: RegExp | null = null;

/** Sets, once for the process, the channels whose addresses are phone numbers; a room on them is shown shortened. */
export function maskPhonesOf(channels: readonly string[]): void {
  phoneRoom =
    channels.length === 0 ? null : new RegExp(`\\b((?:${channels.join('|')}):\\+\\d{2})\\d{2,14}(\\d{2})(?!\\d)`, 'gi');
}

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
  const urls = urlRoom === null ? given : given.replace(urlRoom, '$1/…');
  const text = phoneRoom === null ? urls : urls.replace(phoneRoom, '$1…$2');
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
  if (isPlain(value)) return value;
  if (Array.isArray(value)) return unlessEqual(value, value.map(masked)) as T;
  return maskedFields(value as Record<string, unknown>) as T;
}

/** Whether a value contains no text to mask. */
const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || value instanceof Date || value instanceof Error;

const unlessEqual = (before: unknown[], after: unknown[]): unknown[] =>
  after.some((item, at) => item !== before[at]) ? after : before;

const isAddress = (value: Record<string, unknown>, name: string): boolean =>
  ADDRESSES.includes(name) && typeof value[name] === 'string' && urlChannels.has(String(value['channel']));

function maskedFields(value: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(value)) {
    const shown = isAddress(value, name) ? maskUrl(field as string) : masked(field);
    if (shown === field) continue;
    copy ??= { ...value };
    copy[name] = shown;
  }
  return copy ?? value;
}

/** The weight of a value that is masked without a pause: at most 10 ms of work. */
export const MASKED_AT_ONCE = 500;

/** The same result as `masked`, for a large value. Only a line of text is masked without a pause, however long it is. */
export function* maskedSteps<T>(value: T): Steps<T> {
  if (weightOf(value, MASKED_AT_ONCE) <= MASKED_AT_ONCE) return masked(value);
  if (typeof value === 'string') return (yield* linesSteps(value)) as T;
  if (isPlain(value)) return value;
  if (Array.isArray(value)) return (yield* listSteps(value)) as T;
  return (yield* fieldsSteps(value as Record<string, unknown>)) as T;
}

/** No secret contains a line end, so each line can be masked alone. */
function* linesSteps(text: string): Steps<string> {
  const shown: string[] = [];
  for (const lines of lightGroups(text.split('\n'), MASKED_AT_ONCE)) {
    shown.push(maskText(lines.join('\n')));
    yield;
  }
  return shown.join('\n');
}

function* listSteps(list: unknown[]): Steps<unknown[]> {
  const shown: unknown[] = [];
  for (const group of lightGroups(list, MASKED_AT_ONCE)) {
    if (group.length === 1) shown.push(yield* maskedSteps(group[0]));
    else shown.push(...group.map(masked));
    yield;
  }
  return unlessEqual(list, shown);
}

function* fieldsSteps(value: Record<string, unknown>): Steps<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(value)) {
    const shown = isAddress(value, name) ? maskUrl(field as string) : yield* maskedSteps(field);
    yield;
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

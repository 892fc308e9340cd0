import type { Outcome } from '../domain';
import type { Channel } from './channel';

/** A shorter path or query is no secret. */
const SHORTEST = 8;

/**
 * The secret texts in a channel's settings, longest first: each secret value, every part of a URL but its host, and the texts
 * in a JSON object with their words.
 */
export function secretsIn(
  { settings }: Pick<Channel, 'settings'>,
  values: Readonly<Record<string, unknown>>,
): string[] {
  const whole = Object.entries(settings)
    .filter(([, { secret }]) => secret)
    .map(([name]) => values[name])
    .filter((value) => typeof value === 'string');
  return whole
    .flatMap((value) => [value, ...(URL.canParse(value) ? partsOf(new URL(value)) : []), ...textsIn(value)])
    .filter((part) => part.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
}

const partsOf = ({ username, password, pathname, search }: URL): string[] => [
  ...[username, password].flatMap((text) => [text, decoded(text)]),
  `${pathname}${search}`,
  pathname,
  search.slice(1),
];

/** The texts of a JSON object, and the words in them, such as the token of `Bearer abc`. */
function textsIn(value: string): string[] {
  if (!value.startsWith('{')) return [];
  try {
    const texts = Object.values(JSON.parse(value) as object).filter((text) => typeof text === 'string');
    return texts.flatMap((text) => [text, ...text.split(/\s+/)]);
  } catch {
    return [];
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The outcome with every secret hidden that a server repeated in its answer. */
export function withoutSecrets(outcome: Outcome, secrets: readonly string[]): Outcome {
  const hidden = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
  if (outcome.outcome === 'failed') return { ...outcome, reason: hidden(outcome.reason) };
  return { ...outcome, receipt: outcome.receipt && hidden(outcome.receipt) };
}

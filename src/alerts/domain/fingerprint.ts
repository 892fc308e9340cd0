import { hash } from 'node:crypto';
import type { AlertReport } from '../contract/report';

/** The sender of a report: an API key or a user (`integrationId` is null), or an integration. */
export interface Sender {
  actor: string;
  integrationId: string | null;
}

/** Code points of a message that belong to its fingerprint. */
const MESSAGE_CODE_POINTS = 100;

const sha256 = (text: string): string => hash('sha256', text);

/** The first code points of a text. A code point takes at most two UTF-16 units, so the rest of the text is not read. */
function firstCodePoints(text: string, count: number): string {
  if (text.length <= count) return text;
  return Array.from(text.slice(0, count * 2))
    .slice(0, count)
    .join('');
}

/**
 * JSON with sorted keys and without spaces. Written key by key, because an object would move keys that look like numbers
 * to the front.
 */
export function canonicalJson(labels: Record<string, unknown>): string {
  const keys = Object.keys(labels).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(labels[key])}`).join(',')}}`;
}

type Condition = Pick<AlertReport, 'service' | 'severity' | 'message' | 'labels'>;

/** Fingerprint of a condition by the values of its report (SHA-256, hex). Labels are case-sensitive, the rest is not. */
export function fingerprintOf({ service, severity, message, labels }: Condition): string {
  const text = `${service}|${severity}|${firstCodePoints(message, MESSAGE_CODE_POINTS)}`.toLowerCase();
  return sha256(Object.keys(labels).length === 0 ? text : `${text}|${canonicalJson(labels)}`);
}

/** Fingerprint of the condition of a report: by the key of its sender, else by its values. */
export const conditionOf = (report: Condition & Pick<AlertReport, 'dedup_key'>, sender: Sender): string =>
  report.dedup_key === undefined ? fingerprintOf(report) : fingerprintOfKey(sender, report.dedup_key);

/** Fingerprint of a condition by a key that its sender chose. The same key of another sender is another condition. */
export const fingerprintOfKey = ({ actor, integrationId }: Sender, key: string): string =>
  sha256(`${integrationId ?? actor}|${key}`);

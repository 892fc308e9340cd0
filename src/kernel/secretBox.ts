import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Encrypts secrets that the product must read again, such as the secret of a signature. AES-256-GCM; the keys are derived from
 * SECRET_KEY, so a copy of the database alone reveals nothing.
 */
export interface SecretBox {
  /** @param place where the text is stored, such as `integration:<id>`; moved elsewhere it cannot be opened */
  seal(text: string, place: string): string;
  /** The text; null if it was changed or moved, or sealed with a key that this box does not have. */
  open(sealed: string, place: string): string | null;
}

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

interface Key {
  id: string;
  bytes: Buffer;
}

function keyOf(secretKey: string): Key {
  const bytes = Buffer.from(hkdfSync('sha256', secretKey, '', 'tocsin sealed secrets', 32));
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

/**
 * A box with the keys of an installation. Sealed texts name their key, so that a key can be rotated: the first one seals, the
 * others only open.
 */
export function secretBox(secretKeys: readonly [string, ...string[]]): SecretBox {
  const keys = secretKeys.map(keyOf);
  const [first] = keys as [Key, ...Key[]];

  return {
    seal(text, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, first.bytes, iv).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${first.id}.${sealed.toString('base64url')}`;
    },

    open(text, place) {
      const [version, id, content = ''] = text.split('.');
      const key = keys.find((one) => one.id === id);
      const sealed = Buffer.from(content, 'base64url');
      if (version !== VERSION || key === undefined || sealed.length < IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(ALGORITHM, key.bytes, sealed.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return null;
      }
    },
  };
}

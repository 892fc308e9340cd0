import { createECDH } from 'node:crypto';

/** The key pair by which push services recognize this installation (VAPID, RFC 8292). */
export interface PushKeys {
  publicKey: string;
  privateKey: string;
}

/** A new private key: 32 bytes in base64url. */
export function newPrivateKey(): string {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const key = pair.getPrivateKey();
  // A key that begins with a zero byte comes without it.
  return Buffer.concat([Buffer.alloc(32 - key.length), key]).toString('base64url');
}

/** 32 bytes in base64url. */
const KEY_LENGTH = 43;

/**
 * The pair of a private key.
 * @throws Error if it is none
 */
export function keysOf(privateKey: string): PushKeys {
  try {
    const pair = createECDH('prime256v1');
    if (privateKey.length !== KEY_LENGTH) throw new Error('length');
    pair.setPrivateKey(privateKey, 'base64url');
    return { privateKey, publicKey: pair.getPublicKey('base64url') };
  } catch {
    throw new Error('WEBPUSH_PRIVATE_KEY must be a private key of P-256: 32 bytes in base64url');
  }
}

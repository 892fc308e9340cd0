import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config';

export interface Secrets {
  secretKey: string;
  internalToken: string;
}

/** The secrets of the environment, else those that the first start generated in the data folder (monolith only). */
export function secretsOf({ secretKey, internalToken, dataDir }: Config): Secrets {
  if (secretKey !== undefined && internalToken !== undefined) return { secretKey, internalToken };
  const kept = keptIn(dataDir);
  return { secretKey: secretKey ?? kept.secretKey, internalToken: internalToken ?? kept.internalToken };
}

function keptIn(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const random = () => randomBytes(32).toString('base64url');
  const secrets = { secretKey: random(), internalToken: random() };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

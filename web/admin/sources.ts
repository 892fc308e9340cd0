import type { Source } from '../../src/gateway/contract';
import { admin } from '../words/admin';

export type { Source };
export const SOURCES_SAID = Object.entries(admin.audit.modules).map(([value, text]) => ({
  value: value as Source,
  text,
}));

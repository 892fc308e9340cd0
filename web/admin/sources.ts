import type { Source } from '../../src/gateway/contract';
import { shell } from '../text/shell';

export type { Source };
export const SOURCES_SAID = Object.entries(shell.modules).map(([value, text]) => ({
  value: value as Source,
  text,
}));

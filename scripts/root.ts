import { resolve } from 'node:path';

/** The root of the repository: one level above `scripts/`, and above `dist/`, in which some scripts are bundled. */
export const ROOT = resolve(__dirname, '..');

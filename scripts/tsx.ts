import { pathToFileURL } from 'node:url';

/** Options with which Node runs a TypeScript file from any working directory: `node ...TSX file.ts`. */
export const TSX: readonly string[] = ['--import', pathToFileURL(require.resolve('tsx')).href];

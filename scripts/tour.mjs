/**
 * Walks the tour of the README against a product that was just started for the first time, as a reader would: with bash,
 * curl and the key that the start printed, twice. Prints what the reader would see.
 */
import { readFileSync } from 'node:fs';
import { start } from './children.mjs';
import { startProduct } from './product.mjs';

const README = new URL('../README.md', import.meta.url);

const [, tour] = /```sh tour\n(.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
if (tour === undefined) throw new Error('README.md has no block ```sh tour.');
const product = await startProduct();
const env = { PATH: process.env.PATH, URL: product.url, API_KEY: product.apiKey };
const walk = () =>
  start('bash', ['-eu', '-o', 'pipefail', '-c', tour], { env, stdio: ['ignore', 'inherit', 'inherit'] }).ended;
// The second reader finds what the first one left.
const codes = [await walk(), await walk()];
await product.stop();
process.exit(codes.every((code) => code === 0) ? 0 : 1);

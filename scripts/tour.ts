/**
 * Runs the tour of the README against a first start of the product, as a reader would: with bash, curl and the printed key.
 * Runs it twice, because a second reader finds the data of the first. Prints the output.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from './children';
import { startProduct } from './product';
import { ROOT } from './root';

async function run(): Promise<void> {
  const [, tour] = /```sh tour\n(.*?)```/s.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  if (tour === undefined) throw new Error('README.md has no block ```sh tour.');
  const product = await startProduct();
  const env = { PATH: process.env['PATH'], URL: product.url, API_KEY: product.apiKey };
  const walk = () =>
    start('bash', ['-eu', '-o', 'pipefail', '-c', tour], { env, stdio: ['ignore', 'inherit', 'inherit'] }).ended;
  const codes = [await walk(), await walk()];
  await product.stop();
  process.exit(codes.every((code) => code === 0) ? 0 : 1);
}

void run();

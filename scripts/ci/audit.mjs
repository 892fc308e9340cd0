/** Reads `npm audit --json`: prints what is high or critical and ends with 1; ends with 3 where there was no audit. */
import { readFileSync } from 'node:fs';

const { vulnerabilities, error, message } = JSON.parse(readFileSync(0, 'utf8') || '{}');
if (vulnerabilities === undefined) {
  console.log(error?.summary || message || 'npm audit gave no report');
  process.exit(3);
}
const grave = Object.values(vulnerabilities).filter(({ severity }) => ['high', 'critical'].includes(severity));
for (const { name, severity, range } of grave) console.log(`${name} ${range}: ${severity}`);
process.exitCode = grave.length > 0 ? 1 : 0;

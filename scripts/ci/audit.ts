/** Reads `npm audit --json`: prints high and critical vulnerabilities and exits with 1; exits with 3 if the audit failed. */
import { readFileSync } from 'node:fs';

interface Audit {
  vulnerabilities?: Record<string, { name: string; severity: string; range: string }>;
  error?: { summary?: string };
  message?: string;
}

const { vulnerabilities, error, message } = JSON.parse(readFileSync(0, 'utf8') || '{}') as Audit;
if (vulnerabilities === undefined) {
  console.log(error?.summary || message || 'npm audit gave no report');
  process.exit(3);
}
const grave = Object.values(vulnerabilities).filter(({ severity }) => ['high', 'critical'].includes(severity));
for (const { name, severity, range } of grave) console.log(`${name} ${range}: ${severity}`);
process.exitCode = grave.length > 0 ? 1 : 0;

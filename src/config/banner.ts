import type { FirstRun } from '../gateway';
import type { Config } from './config';

/** The text after a start: the address, the way to log in, and a first alert to send. */
export function banner({ publicUrl, host, port, apiKeys }: Config, first: FirstRun | null): string {
  const key = first?.apiKey ?? (apiKeys.length > 0 ? '<one of API_KEYS>' : '<your API key>');
  const local = `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`;
  const lines = [
    '',
    `  Tocsin is listening on ${local}`,
    `  Open        ${publicUrl}`,
    ...(first?.setupUrl ? [`  Set up      ${first.setupUrl}   (once, within 24 h: makes the first user)`] : []),
    ...(first?.apiKey ? [`  API key     ${first.apiKey}   (admin; shown this once)`] : []),
    '',
    '  Send a first alert:',
    `    curl -X POST ${local}/api/v1/alerts -H 'X-API-Key: ${key}' -H 'Content-Type: application/json' \\`,
    `      -d '{"service":"checkout","severity":"critical","message":"Payments fail"}'`,
    '',
    '',
  ];
  return lines.join('\n');
}

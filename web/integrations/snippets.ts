import { integrations as words } from '../text/integrations';

/** A text to paste into a tool, with the address of this server. */
export interface Snippet {
  id: string;
  title: string;
  /** The file or field that takes the text. */
  text: string;
  file: string | null;
  code: string;
}

const { tools } = words;

/** For scripts and programs, which report with an API key. */
export function snippetsOfApi(origin: string): Snippet[] {
  return [
    { id: 'curl', ...tools.curl, file: null, code: curl(origin) },
    { id: 'cron', ...tools.cron, file: null, code: cron(origin) },
    { id: 'python', ...tools.python, file: null, code: python(origin) },
  ];
}

const REPORT = '{"service":"checkout","severity":"low","message":"A test from the command line"}';

const curl = (origin: string): string =>
  `curl -X POST '${origin}/api/v1/alerts' \\
  -H "X-API-Key: $TOCSIN_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '${REPORT}'`;

const cron = (origin: string): string =>
  `0 3 * * *  /usr/local/bin/backup || curl -sS -X POST '${origin}/api/v1/alerts' -H "X-API-Key: $TOCSIN_KEY" -H 'Content-Type: application/json' -d '{"service":"backup","severity":"high","message":"The nightly backup failed"}'`;

const python = (origin: string): string =>
  `import json, os, urllib.request

request = urllib.request.Request(
    "${origin}/api/v1/alerts",
    data=json.dumps({
        "service": "checkout",
        "severity": "high",
        "message": "The queue is longer than 1,000",
    }).encode(),
    headers={"X-API-Key": os.environ["TOCSIN_KEY"], "Content-Type": "application/json"},
)
urllib.request.urlopen(request, timeout=10)`;

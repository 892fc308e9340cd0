import { alertmanagerFile } from './alertmanagerFile';

/**
 * What is pasted into a tool so that it reports here, with this server's own address in it. An integration's key is
 * part of its address and known only while it is being made; afterwards a placeholder stands where it goes.
 */
export interface Snippet {
  /** The words of it are under this name (words/integrations.ts). */
  tool: 'alertmanager' | 'grafana' | 'try' | 'curl' | 'cron' | 'python';
  file: string | null;
  code: string;
}

/** Where no key is known: not a shape that any shell or YAML reads as something else. */
export const KEY_GOES_HERE = 'YOUR_KEY';

export interface Place {
  /** Such as `https://tocsin.example.com`, without a slash at its end. */
  origin: string;
  /** An integration's key, while it is known. */
  key?: string | undefined;
}

export const webhookOf = ({ origin, key = KEY_GOES_HERE }: Place, format: string): string =>
  `${origin}/api/v1/integrations/${key}/${format}`;

/** For a tool that has an integration of its own. */
export function snippetsOfIntegration(place: Place, format: string): Snippet[] {
  const url = webhookOf(place, format);
  return [
    { tool: 'alertmanager', file: 'alertmanager.yml', code: alertmanagerFile(url) },
    { tool: 'grafana', file: 'provisioning/alerting/tocsin.yml', code: grafana(url) },
    { tool: 'try', file: null, code: tryIt(url) },
  ];
}

/** For scripts and programs, which report with an API key. */
export function snippetsOfApi({ origin }: Place): Snippet[] {
  return [
    { tool: 'curl', file: null, code: curl(origin) },
    { tool: 'cron', file: null, code: cron(origin) },
    { tool: 'python', file: null, code: python(origin) },
  ];
}

const grafana = (url: string): string =>
  `apiVersion: 1
contactPoints:
  - orgId: 1
    name: tocsin
    receivers:
      - uid: tocsin
        type: webhook
        settings:
          url: ${url}
          httpMethod: POST`;

const REPORT = '{"service":"checkout","severity":"low","message":"A test from the command line"}';

const tryIt = (url: string): string =>
  `curl -X POST '${url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"alerts":[{"status":"firing",
       "labels":{"alertname":"TestAlert","service":"checkout","severity":"info"},
       "annotations":{"summary":"A test from the command line"}}]}'`;

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

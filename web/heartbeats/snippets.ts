import type { Snippet } from '../integrations/snippets';
import { heartbeats as words } from '../text/heartbeats';
import type { Heartbeat } from './view';

/** Stands in place of an unknown key: a word without a meaning in shells and in YAML. */
export const KEY_GOES_HERE = 'YOUR_KEY';

/** Whether the viewer sees the address of the heartbeat; others see it masked. */
export const seesAddress = ({ ping_url }: Pick<Heartbeat, 'ping_url'>): boolean => !ping_url.endsWith('…');

/** The address to ping: that of the heartbeat alone, else with a key. */
export const addressOf = (of: Pick<Heartbeat, 'ping_url' | 'slug'>, origin: string): string =>
  seesAddress(of) ? of.ping_url : `${origin}/ping/${KEY_GOES_HERE}/${of.slug}`;

const PING = 'curl -fsS -m 10 --retry 5 -o /dev/null';
const DAILY = '0 3 * * *';

/** Code that pings, ready to paste. */
export function snippetsOf(heartbeat: Heartbeat, origin: string): Snippet[] {
  const { slug, schedule } = heartbeat;
  const url = addressOf(heartbeat, origin);
  const cron = 'cron' in schedule ? schedule.cron : DAILY;
  const zone = 'cron' in schedule ? schedule.time_zone : null;
  const { snippets } = words;
  return [
    { id: 'cron', ...snippets.cron, file: 'crontab', code: crontab(url, cron) },
    { id: 'github', ...snippets.github, file: '.github/workflows', code: workflow(url) },
    { id: 'kubernetes', ...snippets.kubernetes, file: 'cronjob.yaml', code: cronJob(url, slug, { cron, zone }) },
    { id: 'curl', ...snippets.curl, file: null, code: shell(url) },
  ];
}

const crontab = (url: string, cron: string): string =>
  `${cron}  ${PING} ${url}/start; /usr/local/bin/job; ${PING} ${url}/$?`;

const workflow = (url: string): string =>
  `# PING_URL: ${url}
env:
  PING_URL: \${{ secrets.PING_URL }}
steps:
  - run: ${PING} "$PING_URL/start"
  # … the steps of the job …
  - if: success()
    run: ${PING} "$PING_URL"
  - if: failure() || cancelled()
    run: ${PING} "$PING_URL/fail"`;

/** Names of Kubernetes have no underscores, and begin and end with a letter or a digit. */
const kubernetesName = (slug: string): string =>
  slug
    .replaceAll('_', '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 52) || 'job';

const cronJob = (url: string, slug: string, { cron, zone }: { cron: string; zone: string | null }): string =>
  `apiVersion: batch/v1
kind: CronJob
metadata:
  name: ${kubernetesName(slug)}
spec:
  schedule: "${cron}"${zone === null ? '' : `\n  timeZone: "${zone}"`}
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: your-image
              env:
                - name: PING_URL
                  value: ${url}
              command: ["/bin/sh", "-c"]
              args:
                - |
                  ${PING} "$PING_URL/start"
                  /usr/local/bin/job
                  code=$?
                  ${PING} "$PING_URL/$code"
                  exit $code`;

const shell = (url: string): string =>
  `# done
${PING} ${url}
# failed
${PING} ${url}/fail
# a run with its output and its exit code
${PING} ${url}/start
output=$(/usr/local/bin/job 2>&1); code=$?
${PING} --data-raw "$output" ${url}/$code`;

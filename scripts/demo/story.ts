/** Teams, services and the incidents of about three minutes. */

export interface Person {
  name: string;
  email: string;
  time_zone: string;
}

const person = (name: string, time_zone: string): Person => ({
  name,
  email: `${name.split(' ')[0]?.toLowerCase()}@example.com`,
  time_zone,
});

type Eight<T> = [T, T, T, T, T, T, T, T];

export const PEOPLE: readonly Person[] = [
  person('Ada Lindqvist', 'Europe/Stockholm'),
  person('Ben Okafor', 'Africa/Lagos'),
  person('Chiara Rossi', 'Europe/Rome'),
  person('Dmitri Ivanov', 'Europe/Berlin'),
  person('Emma Novak', 'Europe/Prague'),
  person('Farid Rahimi', 'Asia/Dubai'),
  person('Grace Kim', 'Asia/Seoul'),
  person('Hugo Martin', 'Europe/Paris'),
];

const [ada, ben, chiara, dmitri, emma, farid, grace, hugo] = PEOPLE as Eight<Person>;

const schedule = (
  team: string,
  rotation_type: string,
  primaries: readonly Person[],
  secondaries: readonly Person[],
) => ({
  team,
  rotation_type,
  members: [
    ...primaries.map(({ name, email }) => ({ name, email, role: 'primary' })),
    ...secondaries.map(({ name, email }) => ({ name, email, role: 'secondary' })),
  ],
});

export const SCHEDULES = [
  schedule('storefront', 'weekly', [ada, ben], [chiara]),
  schedule('payments', 'weekly', [dmitri, emma], [farid]),
  schedule('platform', 'daily', [grace, hugo, farid], [ada, dmitri]),
  schedule('data', 'biweekly', [chiara, grace], [hugo]),
];

export const SERVICES = {
  checkout: 'storefront',
  search: 'storefront',
  'payment-api': 'payments',
  ledger: 'payments',
  'edge-proxy': 'platform',
  kubernetes: 'platform',
  'postgres-main': 'platform',
  recommendations: 'data',
  'etl-nightly': 'data',
};

export interface DemoAlert {
  service: string;
  severity: string;
  message: string;
  labels: Record<string, string>;
  source: string;
}

/** `at` is in seconds from the beginning of the story; acts of one scene share an incident. */
export type Act = { at: number; scene: string } & (
  | { kind: 'alert'; alert: DemoAlert }
  | { kind: 'note'; author: string; content: string }
  | { kind: 'status'; status: string; notes: string | undefined }
);

type Status = 'acknowledged' | 'in_progress' | 'resolved';
type ActLine =
  | [at: number, kind: 'alert', message: string]
  | [at: number, kind: 'note', author: string, content: string]
  | [at: number, status: Status, notes?: string];

function scene(
  name: string,
  service: string,
  severity: string,
  labels: Record<string, string>,
  lines: readonly ActLine[],
): Act[] {
  return lines.map((line): Act => {
    const [at] = line;
    if (line[1] === 'alert') {
      const alert = { service, severity, message: line[2], labels, source: 'demo' };
      return { at, kind: 'alert', scene: name, alert };
    }
    if (line[1] === 'note') return { at, kind: 'note', scene: name, author: line[2], content: line[3] };
    return { at, kind: 'status', scene: name, status: line[1], notes: line[2] };
  });
}

const PAYMENTS = scene('payments', 'payment-api', 'critical', { environment: 'production', region: 'eu-west-1' }, [
  [0, 'alert', 'HTTP 5xx error rate > 10%'],
  [6, 'alert', 'Connection pool exhausted'],
  [15, 'alert', 'HTTP 5xx error rate > 10%'],
  [30, 'alert', 'HTTP 5xx error rate > 10%'],
  [38, 'acknowledged', 'Looking at the release of this morning'],
  [45, 'alert', 'Connection pool exhausted'],
  [62, 'note', 'Emma Novak', 'The new release opens a connection per request; rolling back'],
  [70, 'in_progress'],
  [118, 'note', 'Emma Novak', 'Rolled back, error rate falls'],
  [135, 'resolved', 'Back to normal since the roll-back'],
]);

const SEARCH = scene('search', 'search', 'medium', { environment: 'production', region: 'eu-west-1' }, [
  [12, 'alert', 'p95 latency above 800 ms'],
  [42, 'alert', 'p95 latency above 800 ms'],
  [80, 'acknowledged'],
  [100, 'resolved', 'One shard was rebuilding its index'],
]);

const DATABASE = scene('database', 'postgres-main', 'high', { environment: 'production', instance: 'db-2' }, [
  [22, 'alert', 'Replication lag of db-2 above 60 s'],
  [52, 'alert', 'Replication lag of db-2 above 60 s'],
  [58, 'acknowledged', 'A vacuum of the orders table holds it up'],
  [90, 'alert', 'Disk of db-2 will be full within 4 hours'],
  [126, 'in_progress', 'Growing the volume'],
]);

const EDGE = scene('edge', 'edge-proxy', 'low', { environment: 'production', host: 'edge-7.example.com' }, [
  [33, 'alert', 'Certificate of shop.example.com expires in 14 days'],
]);

const NODES = scene('nodes', 'kubernetes', 'high', { cluster: 'prod-1', node: 'worker-12' }, [
  [48, 'alert', 'Node worker-12 is not ready'],
  [55, 'alert', 'Pods are pending for 5 minutes: not enough memory'],
  [78, 'alert', 'Node worker-12 is not ready'],
  [96, 'acknowledged'],
  [112, 'note', 'Hugo Martin', 'The kernel killed kubelet; drained the node and started it again'],
  [150, 'resolved', 'worker-12 is ready'],
]);

const CHECKOUT = scene('checkout', 'checkout', 'critical', { environment: 'production', region: 'us-east-1' }, [
  [84, 'alert', 'Orders per minute fell by 60 %'],
  [104, 'alert', 'Orders per minute fell by 60 %'],
  [122, 'acknowledged', 'The payment provider reports an outage; showing the other one first'],
  [165, 'alert', 'Orders per minute fell by 60 %'],
]);

const NIGHTLY = scene('nightly', 'etl-nightly', 'medium', { job: 'load-orders' }, [
  [108, 'alert', 'load-orders runs for 3 hours, usually 40 minutes'],
]);

const TASTES = scene('tastes', 'recommendations', 'low', { model: '2026-03' }, [
  [140, 'alert', 'Click-through rate is 20 % below last week'],
  [172, 'alert', 'Click-through rate is 20 % below last week'],
]);

/** What happens, in order; some of it is left for the reader to take. */
export const STORY = [PAYMENTS, SEARCH, DATABASE, EDGE, NODES, CHECKOUT, NIGHTLY, TASTES]
  .flat()
  .sort((a, b) => a.at - b.at);

/**
 * `tsx scripts/ci/containers.ts <file>`: checks the rules for containers in the output of `docker compose config --format
 * json`. It is read without interpolation, so that a literal secret differs from one of `.env`. Prints one line per fault.
 */
import { readFileSync } from 'node:fs';

/** The checked fields of a service of a compose file. */
interface Service {
  cap_drop?: string[];
  security_opt?: string[];
  deploy?: { resources?: { limits?: { memory?: string; cpus?: string } } };
  restart?: string;
  image?: string;
  environment?: Record<string, string | null>;
  volumes?: (string | { source?: string })[];
  ports?: (string | { host_ip?: string; published?: string })[];
  read_only?: boolean;
  init?: boolean;
  privileged?: boolean;
  network_mode?: string;
  pid?: string;
  container_name?: string;
  build?: unknown;
}

const given = readFileSync(process.argv[2] ?? '', 'utf8') || '{}';
const { services = {} } = JSON.parse(given) as { services?: Record<string, Service> };
const SECRET = /(PASSWORD|SECRET|TOKEN|API_KEYS?|AUTH_USERS)$/;
/** Lists of names of secrets, not secrets. */
const NAMES = /^(REQUIRED|FORGET)_SECRETS$/;
/** Services that may be reachable from other machines. */
const PUBLIC = ['api-gateway', 'web-ui', 'tocsin'];
const faults: string[] = [];

for (const [name, service] of Object.entries(services)) {
  const fault = (what: string) => faults.push(`${name} ${what}`);
  const {
    cap_drop = [],
    security_opt = [],
    deploy,
    restart,
    image = '',
    environment = {},
    volumes = [],
    ports = [],
  } = service;
  if (!cap_drop.includes('ALL')) fault('keeps capabilities: cap_drop: [ALL]');
  if (!security_opt.some((option) => /^no-new-privileges(:true)?$/.test(option))) fault('may gain privileges');
  if (!service.read_only) fault('may write to its own image: read_only');
  if (!service.init) fault('has no init');
  if (service.privileged || service.network_mode === 'host' || service.pid === 'host') fault('is not contained');
  if (service.container_name !== undefined) fault('has a container_name, so there can be only one');
  if (!deploy?.resources?.limits?.memory || !deploy.resources.limits.cpus)
    fault('has no limit of memory or processors');
  if (restart !== 'unless-stopped' && restart !== 'always') fault('is not restarted');
  if (!service.build && !/:\S/.test(image)) fault(`runs ${image}, which names no version`);
  if (/:(-?latest|\$\{[A-Z_]+:-latest\})$/.test(image) && !service.build) fault(`runs ${image}: not the same tomorrow`);
  for (const volume of volumes)
    if (/docker\.sock/.test(typeof volume === 'string' ? volume : (volume.source ?? '')))
      fault('holds the socket of the engine');
  for (const [variable, value] of Object.entries(environment)) {
    if (SECRET.test(variable) && !NAMES.test(variable) && value && !/^\$\{/.test(value))
      fault(`holds ${variable} literally`);
    if (/:\/\/[^:/$]+:[^$@{}]+@/.test(value ?? '')) fault(`holds a password in ${variable}`);
  }
  for (const port of ports) {
    const local = typeof port === 'string' ? /^127\.0\.0\.1:/.test(port) : port.host_ip === '127.0.0.1';
    const published = typeof port === 'string' ? port : port.published;
    if (!local && !PUBLIC.includes(name)) fault(`is reachable from beyond this machine at ${published}`);
  }
}

for (const fault of faults) console.log(fault);
if (Object.keys(services).length === 0) console.log('no service could be read');
process.exitCode = faults.length > 0 || Object.keys(services).length === 0 ? 1 : 0;

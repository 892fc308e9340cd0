/**
 * `node scripts/ci/containers.mjs <file>`: what every container must have, asked of `docker compose config --format json`
 * without interpolation, so that a literal secret is told from one out of `.env`. Prints one line per fault.
 */
import { readFileSync } from 'node:fs';

const { services = {} } = JSON.parse(readFileSync(process.argv[2], 'utf8') || '{}');
const SECRET = /(PASSWORD|SECRET|TOKEN|API_KEYS?|AUTH_USERS)$/;
/** Lists of names of secrets, not secrets. */
const NAMES = /^(REQUIRED|FORGET)_SECRETS$/;
/** What may be reached from beyond this machine. */
const PUBLIC = ['api-gateway', 'web-ui', 'tocsin'];
const faults = [];

for (const [name, service] of Object.entries(services)) {
  const fault = (what) => faults.push(`${name} ${what}`);
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
    if (/docker\.sock/.test(volume.source ?? volume)) fault('holds the socket of the engine');
  for (const [variable, value] of Object.entries(environment)) {
    if (SECRET.test(variable) && !NAMES.test(variable) && value && !/^\$\{/.test(value))
      fault(`holds ${variable} literally`);
    if (/:\/\/[^:/$]+:[^$@{}]+@/.test(value ?? '')) fault(`holds a password in ${variable}`);
  }
  for (const port of ports) {
    const local = port.host_ip === '127.0.0.1' || /^127\.0\.0\.1:/.test(`${port}`);
    if (!local && !PUBLIC.includes(name)) fault(`is reachable from beyond this machine at ${port.published ?? port}`);
  }
}

for (const fault of faults) console.log(fault);
if (Object.keys(services).length === 0) console.log('no service could be read');
process.exitCode = faults.length > 0 || Object.keys(services).length === 0 ? 1 : 0;

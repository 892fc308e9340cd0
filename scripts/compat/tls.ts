import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { listening, portOf, temporaryFolder } from '../children';

/** Hosts that clients have built in. */
const HOSTS = [
  'events.pagerduty.com',
  'events.eu.pagerduty.com',
  'api.pagerduty.com',
  'api.opsgenie.com',
  'api.eu.opsgenie.com',
];

export interface Tls {
  /** `127.0.0.1:<port>`: the product behind TLS. */
  address: string;
  /** Variables by which clients trust the certificate. */
  trust: Record<string, string>;
  /** Variables by which clients with a built-in host reach the product: every host leads to it, so nothing leaves this machine. */
  proxied: Record<string, string>;
  stop(): void;
}

/**
 * Puts the product at `url` behind TLS, with a certificate of the vendors' hosts by an authority that is made for this run,
 * and starts a proxy that leads every CONNECT to it.
 * @throws Error if openssl is not installed
 */
export async function startTls(url: string): Promise<Tls> {
  const { folder, remove } = temporaryFolder('compat-tls');
  const { key, cert, authority } = certificate(folder);
  const target = new URL(url);
  const server = await listening(
    createTlsServer({ key, cert }, (incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      const passed = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    }),
  );
  const port = portOf(server);
  const proxy = await listening(
    createServer().on('connect', (_request, client, head) => {
      const upstream = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      for (const end of [client, upstream]) end.on('error', () => end.destroy());
    }),
  );
  const trust = { SSL_CERT_FILE: authority, REQUESTS_CA_BUNDLE: authority, NODE_EXTRA_CA_CERTS: authority };
  const proxyUrl = `http://127.0.0.1:${portOf(proxy)}`;
  return {
    address: `127.0.0.1:${port}`,
    trust,
    proxied: { ...trust, HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl },
    stop() {
      for (const each of [server, proxy]) {
        each.close();
        each.closeAllConnections();
      }
      remove();
    },
  };
}

/** A certificate, valid for a day, and its authority, made by openssl. */
function certificate(folder: string): { key: Buffer; cert: Buffer; authority: string } {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]): void => {
    const { status, stderr, error } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${error?.message ?? stderr}`);
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Throw-away authority');
  openssl('req', ...newKey.slice(0, -2), '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=127.0.0.1');
  const names = ['IP:127.0.0.1', ...HOSTS.map((host) => `DNS:${host}`)].join(',');
  writeFileSync(file('leaf.ext'), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'leaf.ext'];
  openssl('x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.pem', ...signed);
  return { key: readFileSync(file('leaf.key')), cert: readFileSync(file('leaf.pem')), authority: file('ca.pem') };
}

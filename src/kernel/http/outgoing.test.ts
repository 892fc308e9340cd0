import { createServer, type Server } from 'node:net';
import { type HttpSink, httpSink } from '../../testing/sink';
import { outgoing, outgoingFailureOf } from './outgoing';

let sink: HttpSink;
beforeAll(async () => {
  sink = await httpSink();
});
afterAll(() => sink.close());
beforeEach(() => sink.clear());

async function send(url: string, { allow = [] as string[], trusted = false, timeoutMs = 15_000 } = {}) {
  const http = outgoing(allow);
  try {
    return await http.send({ url, body: '{}', timeoutMs, trusted });
  } finally {
    await http.close();
  }
}
const port = () => new URL(sink.url).port;

describe('the guard against private addresses', () => {
  test.each([
    ['a private IPv4 address', 'http://127.0.0.1:PORT/'],
    ['an address in decimal', 'http://2130706433:PORT/'],
    ['an address in hexadecimal', 'http://0x7f000001:PORT/'],
    ['an address in octal', 'http://0177.0.0.1:PORT/'],
    ['a shortened address', 'http://127.1:PORT/'],
    ['the unspecified address', 'http://0.0.0.0:PORT/'],
    ['IPv6 loopback', 'http://[::1]:PORT/'],
    ['an IPv4-mapped IPv6 address', 'http://[::ffff:127.0.0.1]:PORT/'],
    ['an IPv4-mapped IPv6 address in hexadecimal', 'http://[::ffff:7f00:1]:PORT/'],
    ['a translated address', 'http://[64:ff9b::7f00:1]:PORT/'],
    ['a 6to4 address', 'http://[2002:7f00:1::]:PORT/'],
    ['a unique local address', 'http://[fd00::1]:PORT/'],
    ['a link-local address', 'http://[fe80::1]:PORT/'],
    ['the metadata address of cloud providers', 'http://169.254.169.254/latest/meta-data'],
    ['a private network', 'http://10.0.0.1/'],
    ['a carrier network', 'http://100.64.0.1/'],
    ['a name that resolves to loopback', 'http://localhost:PORT/'],
  ])('refuses %s', async (_, url) => {
    expect(await send(url.replace('PORT', port()))).toEqual({ failure: 'address_refused' });
    expect(sink.received).toEqual([]);
  });

  test.each([
    ['an address', ['127.0.0.1'], '127.0.0.1'],
    ['a block', ['10.0.0.0/8', '127.0.0.0/8'], '127.0.0.1'],
    ['an address a name resolves to', ['127.0.0.1', '::1'], 'localhost'],
  ])('lets the operator allow %s', async (_, allow, host) => {
    expect(await send(`http://${host}:${port()}/`, { allow })).toMatchObject({ status: 200, body: 'ok' });
  });

  test('allows only the configured addresses', async () => {
    expect(await send(`http://127.0.0.1:${port()}/`, { allow: ['127.0.0.2', '::1/128'] })).toEqual({
      failure: 'address_refused',
    });
  });

  test('does not apply to a target from the environment', async () => {
    expect(await send(sink.url, { trusted: true })).toMatchObject({ status: 200 });
  });

  test('throws for an allowed target that is neither an address nor a block', () => {
    expect(() => outgoing(['intranet'])).toThrow('OUTGOING_ALLOW: intranet is neither an address nor a CIDR block');
  });
});

describe('an exchange', () => {
  test('follows no redirect', async () => {
    sink.reply({ status: 302, headers: { location: `http://127.0.0.1:${port()}/inside` } });
    expect(await send(sink.url, { trusted: true })).toMatchObject({ status: 302 });
    expect(sink.received.map(({ path }) => path)).toEqual(['/']);
  });

  test('ends at its deadline without an answer', async () => {
    sink.reply('hang');
    expect(await send(sink.url, { trusted: true, timeoutMs: 50 })).toEqual({ failure: 'timeout' });
  });

  test('reads only the first 64 KiB of an answer', async () => {
    sink.reply({ status: 200, body: 'x'.repeat(1_000_000) });
    const answer = await send(sink.url, { trusted: true });
    expect('body' in answer && answer.body.length).toBe(64 * 1024);
  });

  test('returns headers by their lower-case name', async () => {
    sink.reply({ status: 429, headers: { 'Retry-After': '7' } });
    const answer = await send(sink.url, { trusted: true });
    expect('header' in answer && [answer.header('retry-after'), answer.header('x-none')]).toEqual(['7', undefined]);
  });

  test.each(['ftp://example.com/', 'file:///etc/passwd', 'no url', 'javascript:alert(1)'])(
    'refuses %s as a URL',
    async (url) => {
      expect(await send(url, { trusted: true })).toEqual({ failure: 'invalid_url' });
    },
  );
});

describe('a request that got no answer', () => {
  let closing: Server;
  beforeAll(async () => {
    closing = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => closing.close(resolve)));
  const closingPort = () => (closing.address() as { port: number }).port;

  test('reports a refused connection', async () => {
    expect(await send('http://127.0.0.1:1/', { trusted: true })).toEqual({ failure: 'connection_refused' });
  });

  test('reports a lost connection', async () => {
    expect(await send(`http://127.0.0.1:${closingPort()}/`, { trusted: true })).toEqual({
      failure: 'connection_lost',
    });
  });

  test('reports a TLS failure', async () => {
    expect(await send(`https://127.0.0.1:${port()}/`, { trusted: true })).toEqual({ failure: 'tls_failed' });
  });

  test.each([
    [{ code: 'ENOTFOUND' }, 'name_not_found'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'timeout'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'tls_failed'],
    [{ code: 'EHOSTUNREACH' }, 'unreachable'],
    [{ errors: [{ code: 'ECONNREFUSED' }, { code: 'EHOSTUNREACH' }] }, 'connection_refused'],
  ])('%j means %s', (error, failure) => {
    expect(outgoingFailureOf(error)).toBe(failure);
  });
});

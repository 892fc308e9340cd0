import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import request from 'supertest';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';
import { trustProxyOf } from '../index';
import { pathFault } from './sanitize';

let g: GatewayUnderTest;
let server: Server;
const api = () => request(server);

beforeAll(async () => {
  g = await gatewayUnderTest();
  server = g.app.listen(0);
});
afterAll(async () => {
  server.close();
  await g.close();
});

/** A raw request, because client libraries repair such addresses and headers. */
function raw(lines: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(lines, 'latin1'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text }));
  });
}
const ask = (path: string, more = '') =>
  raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${ENV_KEY}\r\nConnection: close\r\n${more}\r\n`);

describe('an address', () => {
  test.each([
    ['/api/v1/incidents/../users', 'Dot segments are not allowed.'],
    ['/api/v1/incidents/%2e%2e/users', 'Dot segments are not allowed.'],
    ['/api/v1/./incidents', 'Dot segments are not allowed.'],
    ['/api/v1/incidents/a%2fb', 'Encoded slashes and backslashes are not allowed in a path.'],
    ['/api/v1/incidents/a%5Cb', 'Encoded slashes and backslashes are not allowed in a path.'],
    ['/api/v1/incidents\\a', 'Encoded slashes and backslashes are not allowed in a path.'],
    ['/api/v1//incidents', 'Empty path segments are not allowed.'],
    ['/api/v1/incidents/%00', 'Control characters are not allowed in a path.'],
    ['/api/v1/incidents/%0d%0aX', 'Control characters are not allowed in a path.'],
    ['/api/v1/incidents/%zz', 'The path is not valid percent-encoded UTF-8.'],
    ['/api/v1/incidents/%ff', 'The path is not valid percent-encoded UTF-8.'],
    ['/api/v1/incidents/%ED%A0%80', 'The path is not valid percent-encoded UTF-8.'],
    ['http://x/api/v1/incidents', 'The path must begin with a slash.'],
    [`/api/v1/incidents/${'a'.repeat(8200)}`, 'The address is too long.'],
  ])('%.40s is 400', async (path, detail) => {
    const before = g.asked.length;
    const { status, text } = await ask(path);
    expect([status, text]).toEqual([400, expect.stringContaining(detail)]);
    expect(g.asked).toHaveLength(before);
  });

  test('with an odd query is passed on as it is', async () => {
    expect((await ask('/api/v1/incidents?a=%zz&__proto__[x]=1&b=%ED%A0%80')).status).toBe(200);
    expect(g.asked.at(-1)!.url).toBe('/api/v1/incidents?a=%zz&__proto__[x]=1&b=%ED%A0%80');
  });

  test('with a team in any language is accepted', async () => {
    expect(pathFault('/api/v1/schedules/%C3%A9quipe%20bleue')).toBeNull();
  });

  test('of a tool with a name that contains encoded slashes is passed on as it is', async () => {
    const path = '/v2/alerts/Shop%20%2F%20a%2F%2Fb%5Cc/close';
    await raw(
      `POST ${path}?identifierType=alias HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    expect(g.asked.at(-1)!.url).toBe(`${path}?identifierType=alias`);
    expect(pathFault('/v2/alerts/%2e%2e/close', true)).toBe('Dot segments are not allowed.');
    expect(pathFault('/v2/alerts//close', true)).toBe('Empty path segments are not allowed.');
    expect(pathFault('/v2/alerts/a%0A/close', true)).toBe('Control characters are not allowed in a path.');
  });

  test('of any bytes is never a 5xx', async () => {
    const byte = fc.constantFrom(
      '/',
      '.',
      '%',
      '2',
      'e',
      'f',
      '5',
      'c',
      '\\',
      'a',
      '?',
      '#',
      '+',
      '~',
      '%2e',
      '%00',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { maxLength: 12 }), async (parts) => {
        const { status } = await ask(`/${parts.join('')}`);
        expect(status === 200 || (status >= 400 && status < 500)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('headers', () => {
  test('that are too large are refused by the server before they are read', async () => {
    expect((await ask('/api/v1/incidents', `X-Flood: ${'x'.repeat(20_000)}\r\n`)).status).toBe(431);
  });

  test('of bytes that are no text are no 5xx', async () => {
    expect(
      (await ask('/api/v1/incidents', 'Cookie: \xff\xfe=\x80; tocsin_session\r\nUser-Agent: \xed\xa0\x80\r\n')).status,
    ).toBe(200);
  });

  test('carry the security policy on every answer, refusals too', async () => {
    for (const path of ['/', '/nowhere', '/api/services/health']) {
      const { headers } = await api().get(path);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['strict-transport-security']).toContain('max-age=31536000');
    }
  });

  test('demand https only if PUBLIC_URL is https', async () => {
    const plain = g.another({ publicUrl: 'http://localhost:8080' });
    expect((await request(plain.app).get('/')).headers['strict-transport-security']).toBeUndefined();
  });
});

describe('pages of other origins', () => {
  test('may read by default, without credentials', async () => {
    const answer = await api().get('/api/v1/incidents').set('Origin', 'https://else.example').expect(401);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect(answer.headers['access-control-expose-headers']).toContain('Retry-After');
  });

  test('get their preflight answered without a key', async () => {
    const answer = await api()
      .options('/api/v1/alerts')
      .set('Origin', 'https://else.example')
      .set('Access-Control-Request-Method', 'POST')
      .expect(204);
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
    expect(answer.headers['access-control-allow-headers']).toContain('X-API-Key');
    expect(answer.headers['access-control-max-age']).toBe('600');
  });

  test('may read only if their origin is listed, if there is a list', async () => {
    const { app } = g.another({ corsOrigins: ['https://good.example'] });
    const good = await request(app).get('/api/services/health').set('Origin', 'https://good.example').expect(200);
    expect(good.headers).toMatchObject({ 'access-control-allow-origin': 'https://good.example', vary: 'Origin' });
    const evil = await request(app).options('/api/v1/alerts').set('Origin', 'https://evil.example').expect(204);
    expect(evil.headers['access-control-allow-origin']).toBeUndefined();
    expect(evil.headers['access-control-allow-methods']).toBeUndefined();
  });
});

describe('the page', () => {
  test.each(['/', '/login', '/setup', '/incidents', '/incidents/any', '/docs'])(
    '%s is public and loads only files of this product',
    async (path) => {
      const { text, headers } = await api().get(path).expect(200);
      expect(headers['content-type']).toContain('text/html');
      expect(headers['cache-control']).toBe('no-cache');
      expect(text).toContain('<html lang="en">');
      const policy = String(headers['content-security-policy']);
      const inline = /<(script|style)>([\s\S]*?)<\/\1>/g;
      for (const [, , code = ''] of text.matchAll(inline))
        expect(policy).toContain(`'sha256-${createHash('sha256').update(code).digest('base64')}'`);
      expect(policy).not.toContain('unsafe');
      expect(text.replace(inline, '')).not.toMatch(/https?:\/\/|<style|style=|<script(?![^>]*src=)| on\w+=/);
      for (const [, file] of text.matchAll(/(?:src|href)="(\/(?:assets|docs)\/[^"]+)"/g))
        await api().get(file!).expect(200);
    },
  );

  test('comes with its script, style and API document', async () => {
    const [script] = /\/assets\/index-[\w-]+[.]js/.exec((await api().get('/')).text)!;
    const answer = await api().get(script!).expect(200);
    expect(answer.headers['content-type']).toContain('javascript');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await api().get('/assets/tocsin.css').expect(200)).headers['content-type']).toContain('text/css');
    expect((await api().get('/sw.js').expect(200)).headers['cache-control']).toBe('no-cache');
    expect((await api().get('/openapi.json').expect(200)).body).toEqual({ openapi: '3.1.0' });
  });

  test.each([
    '/assets/',
    '/assets/none.js',
    '/assets/.hidden',
    '/docs/package.json',
    '/index.html',
    '/page.json',
    '/incidents/a/b',
    '/src/main.ts',
  ])('%s is not served', async (path) => {
    await api().get(path).expect(401);
  });

  test('refuses writes', async () => {
    await api().post('/').expect(401);
    await api().post('/assets/bell.svg').expect(401);
  });
});

test.each([
  [undefined, false],
  [' ', false],
  ['2', 2],
  ['10.0.0.0/8, loopback', ['10.0.0.0/8', 'loopback']],
])('TRUST_PROXY %p is read', (text, trusted) => {
  expect(trustProxyOf(text)).toEqual(trusted);
});

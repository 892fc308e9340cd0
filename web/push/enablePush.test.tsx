/** @jest-environment @happy-dom/jest-environment */
import { ANA, closePage, type ShownPage, showPage } from '../testing/page';
import { codes, type Obstacle, obstacleOf, type Surroundings, subscribe } from './device';
import { EnablePush } from './EnablePush';

const LINUX = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Version/18.4 Safari/604.1';
const IPAD = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.4 Safari/605.1.15';

const here = (over: Partial<Surroundings> = {}): Surroundings => ({
  ...{ secure: true, userAgent: LINUX, touchPoints: 0, installed: false, capable: true, permission: 'default' },
  ...over,
});

test.each<[string, Partial<Surroundings>, string | null, Obstacle | null]>([
  ['a browser with all parts', {}, 'key', null],
  ['a page without https', { secure: false, capable: false }, 'key', 'insecure'],
  ['an iPhone outside the home screen', { userAgent: IPHONE, capable: false }, 'key', 'install'],
  ['an iPad outside the home screen', { userAgent: IPAD, touchPoints: 5, capable: false }, 'key', 'install'],
  ['a Mac without push', { userAgent: IPAD, capable: false }, 'key', 'unsupported'],
  ['a denied permission', { permission: 'denied' }, 'key', 'denied'],
  ['a server without a key', {}, null, 'unconfigured'],
])('%s', (_, over, key, obstacle) => {
  expect(obstacleOf(here(over), key)).toBe(obstacle);
});

test('a subscription by the key of another installation is replaced', async () => {
  const done: string[] = [];
  const made = {
    toJSON: () => ({ endpoint: 'https://p.example/1', expirationTime: null, keys: { auth: 'a', p256dh: 'b' } }),
  };
  const old = {
    options: { applicationServerKey: new Uint8Array([4, 1]).buffer },
    unsubscribe: async () => void done.push('unsubscribe'),
  };
  const worker = {
    pushManager: {
      getSubscription: async () => old,
      subscribe: async (options: object) => {
        done.push(`subscribe ${JSON.stringify(options)}`);
        return made;
      },
    },
  } as unknown as ServiceWorkerRegistration;
  const address = await subscribe(worker, 'BKey');
  expect(address).toBe('{"endpoint":"https://p.example/1","keys":{"auth":"a","p256dh":"b"}}');
  expect(done).toEqual(['unsubscribe', 'subscribe {"userVisibleOnly":true,"applicationServerKey":"BKey"}']);
  done.length = 0;
  await subscribe(worker, 'BAE');
  expect(done).toEqual(['subscribe {"userVisibleOnly":true,"applicationServerKey":"BAE"}']);
});

test('a code that comes before it is awaited counts, and other messages do not', async () => {
  const from = new EventTarget();
  const received = codes(from);
  for (const data of [{ kind: 'other' }, { kind: 'push-code', code: '042137' }])
    from.dispatchEvent(Object.assign(new Event('message'), { data }));
  expect(await received.next(60_000)).toBe('042137');
  const awaited = received.next(60_000);
  from.dispatchEvent(Object.assign(new Event('message'), { data: { kind: 'push-code', code: '7' } }));
  expect(await awaited).toBe('7');
  received.stop();
});

describe('the button', () => {
  let page: ShownPage;
  afterEach(closePage);

  test('is replaced by the reason if this device cannot receive push', async () => {
    const never = async () => ({ id: '' });
    page = await showPage(
      <EnablePush add={never} verify={never} />,
      { notify: { pushKey: async () => ({ public_key: null }) } },
      '/account',
      ANA,
    );
    expect(page.text()).toMatch(/Push needs https|cannot receive push|Push has no key/);
  });
});

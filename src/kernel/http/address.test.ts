import { isPrivate, networkOf } from './address';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['unknown', 'unknown'],
])('%s counts as %s', (address, network) => expect(networkOf(address)).toBe(network));

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['10.231.77.4', true],
  ['172.18.0.2', true],
  ['::ffff:192.168.1.4', true],
  ['fd00::1', true],
  ['203.0.113.9', false],
  ['2001:db8::1', false],
  ['100.64.0.1', false],
  [undefined, false],
])('%s is private: %s', (address, own) => expect(isPrivate(address)).toBe(own));

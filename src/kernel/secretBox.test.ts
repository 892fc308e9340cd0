import fc from 'fast-check';
import { secretBox } from './secretBox';

const box = secretBox(['a secret key of an installation']);

test('opens what it sealed, at the same place alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, place) => {
      const sealed = box.seal(text, place);
      expect(box.open(sealed, place)).toBe(text);
      expect(box.open(sealed, `${place}!`)).toBeNull();
    }),
  );
});

test('the same text is sealed differently each time', () => {
  expect(box.seal('s3cret', 'a')).not.toBe(box.seal('s3cret', 'a'));
  expect(box.seal('s3cret', 'a')).not.toContain('s3cret');
});

test('does not open a changed text, or any other', () => {
  const sealed = box.seal('s3cret', 'a');
  const at = sealed.length - 4;
  const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
  for (const text of [changed, '', 'v1', 'v1.00000000.AAAA', sealed.replace('v1', 'v2'), sealed.slice(0, 20)]) {
    expect(box.open(text, 'a')).toBeNull();
  }
});

test('after a rotation, the new key seals and both open', () => {
  const rotated = secretBox(['a new secret key', 'a secret key of an installation']);
  expect(rotated.open(box.seal('s3cret', 'a'), 'a')).toBe('s3cret');
  const sealed = rotated.seal('s3cret', 'a');
  expect(secretBox(['a new secret key']).open(sealed, 'a')).toBe('s3cret');
  expect(box.open(sealed, 'a')).toBeNull();
});

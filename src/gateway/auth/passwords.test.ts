import { createPasswords } from './passwords';

test('a password matches its own hash and no other, and none for an unknown user', async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash('correct horse');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await passwords.matches('correct horse', stored)).toBe(true);
  expect(await passwords.matches('wrong horse', stored)).toBe(false);
  expect(await passwords.matches('correct horse', undefined)).toBe(false);
});

test('two are hashed at a time, some wait, and the rest are answered unavailable', async () => {
  const passwords = createPasswords(1);
  const asked = await Promise.allSettled(['a', 'b', 'c', 'd'].map((password) => passwords.hash(password)));
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
  expect((asked[3] as PromiseRejectedResult).reason).toMatchObject({ kind: 'unavailable' });
  await passwords.hash('e');
});

import { type Acknowledger, counted } from './acknowledgements';

const person = (name: string, email: string | null = `${name.toLowerCase()}@example.com`): Acknowledger => ({
  name,
  email,
});
const [ANA, BEN] = [person('Ana'), person('Ben')];

test('the first of two people leaves the escalation running, and the second stops it', () => {
  const first = counted({ unsure: false, wanted: 2, by: [] }, ANA);
  expect(first).toEqual({ unsure: false, wanted: 2, by: [ANA], fresh: true, complete: false });
  expect(counted(first, BEN)).toEqual({ unsure: false, wanted: 2, by: [ANA, BEN], fresh: true, complete: true });
});

test.each([
  ['by address in any case', ANA, person('A. Smith', ' ANA@example.com')],
  ['by name, without an address', person('ops', null), person('Ops', null)],
])('the same person counts once, %s', (_, before, again) => {
  expect(counted({ unsure: false, wanted: 2, by: [before] }, again)).toEqual({
    unsure: false,
    wanted: 2,
    by: [before],
    fresh: false,
    complete: false,
  });
});

test('one person is enough if no step asks for more', () => {
  expect(counted({ unsure: false, wanted: 1, by: [] }, ANA).complete).toBe(true);
});

import { faultOf, newOverride, requestOf, type Wish } from './overrideForm';

const people = [
  { name: 'Ana', email: 'ana@example.com' },
  { name: 'Ben', email: 'ben@example.com' },
];
const NOW = Date.parse('2026-03-28T02:13:00Z');
const wish: Wish = newOverride({ zone: 'Europe/Berlin' }, NOW);
const ask = (change: Partial<Wish>) => requestOf({ ...wish, ...change }, 'web', 'Europe/Berlin', people);

describe('an override form', () => {
  it('begins now and lasts eight hours of local time, also across a clock change', () => {
    expect(wish).toMatchObject({ kind: 'takeover', from: '2026-03-28T03:13', to: '2026-03-28T11:13' });
  });

  it('takes the selected span, and replaces the person of the clicked shift', () => {
    const [from, to] = [Date.parse('2026-03-29T00:00Z'), Date.parse('2026-03-29T04:00Z')];
    const drawn = newOverride({ zone: 'Europe/Berlin', from, to, role: 'primary', out: 'ana@example.com' }, NOW);
    expect(drawn).toMatchObject({ kind: 'replace', role: 'primary', from: '2026-03-29T01:00', to: '2026-03-29T06:00' });
    expect(ask(drawn)).toMatchObject({ starts_at: '2026-03-29T00:00:00.000Z', ends_at: '2026-03-29T04:00:00.000Z' });
  });

  it('finds people by name', () => {
    expect(ask({ name: ' Ben ' }).in).toEqual(people[1]);
    expect(ask({ name: 'Ivo', email: 'ivo@example.com' }).in).toEqual({ name: 'Ivo', email: 'ivo@example.com' });
  });

  it('requests a takeover without a person for a planned gap', () => {
    expect(ask({ name: '' }).in).toBeNull();
    expect(ask({ kind: 'remove', out: 'ana@example.com', name: 'Ben' })).toMatchObject({ in: null, out: people[0] });
  });

  it('reports missing fields before the request', () => {
    expect(faultOf(wish, false)).toBe('in');
    expect(faultOf(wish, true)).toBeNull();
    expect(faultOf({ ...wish, name: 'Ben', to: wish.from }, false)).toBe('order');
    expect(faultOf({ ...wish, name: 'Ben', to: '' }, false)).toBe('times');
    expect(faultOf({ ...wish, kind: 'remove' }, false)).toBe('out');
  });
});

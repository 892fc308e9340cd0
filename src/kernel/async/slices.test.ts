import { setImmediate as nextTurn } from 'node:timers/promises';
import express from 'express';
import fc from 'fast-check';
import request from 'supertest';
import * as z from 'zod';
import { lengthFaults } from '../ports/lengths';
import { parseSteps } from '../ports/parse';
import { piecesOf, sendJson } from '../ports/sendJson';
import { inSlices } from './slices';
import { atOnce, mapSteps, type Steps } from './steps';

/** A computation of `steps` steps, a millisecond each. */
function* busy(steps: number): Steps<string> {
  for (let n = 0; n < steps; n++) {
    for (const end = performance.now() + 1; performance.now() < end; );
    yield;
  }
  return 'done';
}

const row = (n: number) => ({ id: `row ${n}`, list: [n, n + 1], nested: { text: 'é"\\'.repeat(n % 9), none: null } });
const rows = (count: number) => Array.from({ length: count }, (_, n) => row(n));

describe('a computation in slices', () => {
  test('leaves turns of the event loop to other work, even if several computations run', async () => {
    let turns = 0;
    let running = true;
    const count = (async () => {
      for (; running; turns++) await nextTurn();
    })();
    expect(await Promise.all([1, 2, 3].map(() => inSlices(busy(100))))).toEqual(['done', 'done', 'done']);
    running = false;
    await count;
    expect(turns).toBeGreaterThan(10);
  });

  test('ends when the client disconnects', async () => {
    const gone = new AbortController();
    let steps = 0;
    function* endless(): Steps<void> {
      for (;;) {
        steps += 1;
        yield;
      }
    }
    const running = inSlices(endless(), gone.signal);
    await nextTurn();
    gone.abort();
    await expect(running).rejects.toMatchObject({ kind: 'malformed' });
    const before = steps;
    await nextTurn();
    expect(steps).toBe(before);
  });

  test('maps a list as map does', () => {
    expect(atOnce(mapSteps([1, 2, 3], (n, i) => n * i))).toEqual([0, 2, 6]);
  });
});

describe('JSON in pieces', () => {
  test('equals JSON.stringify for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 1, max: 3_000 }), (value, count) => {
        const large = { first: value, many: Array.from({ length: count }, () => value), absent: undefined, last: {} };
        expect([...piecesOf(large)].join('')).toBe(JSON.stringify(large));
      }),
      { numRuns: 60 },
    );
  });

  test('arrives at the client unchanged, large or small', async () => {
    for (const value of [rows(3), { list: rows(20_000), end: true }, rows(9_000)]) {
      const app = express().get('/', (_req, res) => sendJson(res, value));
      const { body, headers } = await request(app).get('/');
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(body).toEqual(value);
    }
  });

  test('has many pieces, all of them short', () => {
    const lengths = [...piecesOf({ list: rows(20_000) })].map(({ length }) => length);
    expect(lengths.length).toBeGreaterThan(20);
    expect(Math.max(...lengths)).toBeLessThan(100_000);
  });
});

describe('a parse in steps', () => {
  const Row = z.object({
    id: z.string(),
    list: z.array(z.int()),
    nested: z.object({ text: z.string(), none: z.null() }).optional(),
    more: z.string().default('as is'),
  });
  const Answer = z.object({
    total: z.int(),
    rows: z.array(Row),
    others: z.array(Row).nullable(),
    absent: z.int().optional(),
  });

  test('gives the same result for a large value as a parse of the whole', () => {
    const value = { total: 1, rows: rows(5_000), others: null, unknown: 'left out' };
    expect(atOnce(parseSteps(Answer, value))).toEqual(Answer.parse(value));
    expect(JSON.stringify(atOnce(parseSteps(Answer, value)))).toBe(JSON.stringify(Answer.parse(value)));
    expect(atOnce(parseSteps(z.array(Row), rows(5_000)))).toEqual(z.array(Row).parse(rows(5_000)));
  });

  test('throws for the same values as a parse of the whole, and can be interrupted', () => {
    const wrong = { total: 1, rows: [...rows(5_000), { id: 5 }], others: null };
    expect(() => atOnce(parseSteps(Answer, wrong))).toThrow(z.ZodError);
    let steps = 0;
    for (const _ of parseSteps(Answer, { total: 1, rows: rows(5_000), others: rows(5_000) })) steps += 1;
    expect(steps).toBeGreaterThan(20);
  });
});

test('a list that is too long is reported before its items are parsed, at any depth', () => {
  const schema = z.object({
    layers: z
      .array(z.object({ slots: z.array(z.array(z.string()).max(2)).max(3) }))
      .max(4)
      .optional(),
  });
  const faults = (layers: unknown) => lengthFaults(schema, { layers }).map(({ path }) => path);
  expect(faults([{ slots: [['a', 'b']] }])).toEqual([]);
  expect(faults([{ slots: [['a', 'b', 'c'], []] }, { slots: [1, 2, 3, 4] }])).toEqual([
    'layers.0.slots.0',
    'layers.1.slots',
  ]);
  expect(faults(Array(5).fill(0))).toEqual(['layers']);
  expect(faults('no list')).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges, type Document } from './compatibility';

type Schema = Record<string, unknown>;

const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
});
const text = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };
const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });

/** A document with one operation with this input and output. */
const takes = (schema: Schema): Document => ({ paths: { '/things': { post: { requestBody: json(schema) } } } });
const answers = (schema: Schema, status = '200'): Document => ({
  paths: { '/things': { get: { responses: { [status]: json(schema) } } } },
});
const withQuery = (name: string, required: boolean, schema: Schema = text): Document => ({
  paths: { '/things': { get: { parameters: [{ name, in: 'query', required, schema }] } } },
});
const NONE: Document = { paths: { '/things': { get: {} } } };
const one = (schema: Schema): Schema => object({ a: schema });

test.each<[string, Document, Document, string]>([
  ['an operation', NONE, { paths: {} }, 'GET /things: removed'],
  ['a method', NONE, { paths: { '/things': { post: {} } } }, 'GET /things: removed'],
  ['a parameter', withQuery('q', false), NONE, "GET /things: query parameter 'q' is removed"],
  ['a field that is sent', takes(one(text)), takes(object({})), 'POST /things: body.a is removed'],
  ['a field that is received', answers(one(text)), answers(object({})), 'GET /things: answer 200.a is removed'],
  ['a status', answers(text), answers(text, '201'), 'GET /things: status 200 is removed'],
  [
    'a value that is sent',
    takes(one({ type: 'string', enum: ['x', 'y'] })),
    takes(one({ type: 'string', enum: ['x'] })),
    'POST /things: body.a loses the value y',
  ],
  [
    'a value that is received',
    answers(one({ type: 'string', enum: ['x', 'y'] })),
    answers(one({ type: 'string', const: 'x' })),
    'GET /things: answer 200.a loses the value y',
  ],
  [
    'an alternative that is sent',
    takes(one(nullable(text))),
    takes(one(text)),
    'POST /things: body.a is string now, not null',
  ],
])('the removal of %s is named', (_what, before, after, fault) => {
  expect(breakingChanges(before, after)).toEqual([fault]);
});

test.each<[string, Document, Document, string]>([
  ['a new parameter', NONE, withQuery('q', true), "GET /things: query parameter 'q' is required now"],
  [
    'a parameter that was optional',
    withQuery('q', false),
    withQuery('q', true),
    "GET /things: query parameter 'q' is required now",
  ],
  ['a new field', takes(object({})), takes(object({ a: text }, ['a'])), 'POST /things: body.a is required now'],
  [
    'a field that was optional',
    takes(one(text)),
    takes(object({ a: text }, ['a'])),
    'POST /things: body.a is required now',
  ],
  [
    'a field of a body that is new',
    { paths: { '/things': { post: {} } } },
    takes(object({ a: text }, ['a'])),
    'POST /things: body.a is required now',
  ],
  ['a key', { paths: { '/things': { get: { security: [] } } } }, NONE, 'GET /things: needs a key now'],
])('%s that becomes required is named', (_what, before, after, fault) => {
  expect(breakingChanges(before, after)).toEqual([fault]);
});

test.each<[string, Schema, Schema, string]>([
  ['another type', text, integer, 'is integer now, not string'],
  ['a whole number', number, integer, 'is integer now, not number'],
  ['a list of values', text, { type: 'string', enum: ['x'] }, 'takes only x now'],
  ['a lower maximum', { ...integer, maximum: 9 }, { ...integer, maximum: 8 }, 'is narrower: maximum is 8, was 9'],
  ['a higher minimum', { ...integer, minimum: 1 }, { ...integer, minimum: 2 }, 'is narrower: minimum is 2, was 1'],
  ['a first limit of length', text, { ...text, maxLength: 9 }, 'is narrower: maxLength is 9, was free'],
  ['a first minimum of length', text, { ...text, minLength: 1 }, 'is narrower: minLength is 1, was free'],
  ['another pattern', { ...text, pattern: 'a' }, { ...text, pattern: 'b' }, 'is narrower: pattern is b, was a'],
  [
    'fewer words',
    { ...text, pattern: '^(a|b):' },
    { ...text, pattern: '^(a):' },
    'is narrower: pattern is ^(a):, was ^(a|b):',
  ],
  ['a format', text, { ...text, format: 'uuid' }, 'is narrower: format is uuid, was free'],
  ['no other fields', object({}), { ...object({}), additionalProperties: false }, 'takes no other fields now'],
])('an input that is narrowed to %s is named', (_what, before, after, fault) => {
  expect(breakingChanges(takes(one(before)), takes(one(after)))).toEqual([`POST /things: body.a ${fault}`]);
});

test.each<[string, Schema, Schema, string]>([
  ['can be null', one(text), one(nullable(text)), '.a can be null now'],
  ['is another type', one(text), one(integer), '.a is integer now, not string'],
  ['is no whole number any more', one(integer), one(number), '.a is number now, not integer'],
  ['can be missing', object({ a: text }, ['a']), one(text), '.a can be missing now'],
  [
    'is another type in a list',
    one({ type: 'array', items: text }),
    one({ type: 'array', items: integer }),
    '.a[] is integer now, not string',
  ],
  [
    'is another type below free names',
    one({ type: 'object', additionalProperties: text }),
    one({ type: 'object', additionalProperties: integer }),
    '.a.* is integer now, not string',
  ],
  ['loses its free fields', { type: 'object', additionalProperties: text }, object({}), ' has no free fields now'],
])('a field of an answer that %s is named', (_what, before, after, fault) => {
  expect(breakingChanges(answers(before), answers(after))).toEqual([`GET /things: answer 200${fault}`]);
});

test.each<[string, Document, Document]>([
  ['an operation', NONE, { paths: { '/things': { get: {}, post: {} }, '/others': { get: {} } } }],
  ['an optional parameter', NONE, withQuery('q', false)],
  ['an optional field that is sent', takes(object({})), takes(one(text))],
  ['a field that is received', answers(object({})), answers(object({ a: text }, ['a']))],
  ['a value that is sent', takes({ enum: ['x'] }), takes({ enum: ['x', 'y'] })],
  ['a value that is received', answers({ enum: ['x'] }), answers({ enum: ['x', 'y'] })],
  ['an alternative that is sent', takes(one(text)), takes(one(nullable(text)))],
  ['a wider number that is sent', takes(one(integer)), takes(one(number))],
  ['any value that is sent', takes(one({ type: 'string', enum: ['x'] })), takes(one(text))],
  ['a higher maximum that is sent', takes(one({ ...integer, maximum: 8 })), takes(one({ ...integer, maximum: 9 }))],
  [
    'words in another order, and one more',
    takes(one({ ...text, pattern: '^(a|b):.+$' })),
    takes(one({ ...text, pattern: '^(b|a|c):.+$' })),
  ],
  ['any length that is sent', takes(one({ ...text, minLength: 1, maxLength: 9 })), takes(one(text))],
  ['a lower maximum that is received', answers(one(integer)), answers(one({ ...integer, maximum: 8 }))],
])('the addition of %s is no fault', (_what, before, after) => {
  expect(breakingChanges(before, after)).toEqual([]);
});

test('pages of a list are an addition, because a client without a page still gets the rows alone', () => {
  const rows = { type: 'array', items: text };
  const answer = { '200': json({ anyOf: [object({ rows, total: integer }), rows] }) };
  const paged = (mark: object): Document => ({ paths: { '/things': { get: { responses: answer, ...mark } } } });
  expect(breakingChanges(answers(rows), paged({ 'x-bare-list': 'rows' }))).toEqual([]);
  expect(breakingChanges(answers(rows), paged({}))).toEqual(['GET /things: answer 200 can be object now']);
  expect(breakingChanges(paged({}), paged({ 'x-bare-list': 'rows' }))).toEqual([]);
  expect(breakingChanges(answers({ type: 'array', items: integer }), paged({ 'x-bare-list': 'rows' }))).toEqual([
    'GET /things: answer 200[] is string now, not integer',
  ]);
});

test('references are followed, and a recursive schema is compared once', () => {
  const tree = (leaf: Schema): Document => ({
    ...answers({ $ref: '#/components/schemas/Tree' }),
    components: {
      schemas: { Tree: object({ leaf, children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } }) },
    },
  });
  expect(breakingChanges(tree(text), tree(text))).toEqual([]);
  expect(breakingChanges(tree(text), tree(integer))).toEqual([
    'GET /things: answer 200.leaf is integer now, not string',
  ]);
});

describe('the API of this product', () => {
  const api = JSON.parse(readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8')) as Document;
  const operations = Object.entries(api.paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

  test('is compatible with itself', () => {
    expect(operations.length).toBeGreaterThan(80);
    expect(breakingChanges(api, structuredClone(api))).toEqual([]);
  });

  test('cannot lose an operation unnoticed', () => {
    const empty = Object.fromEntries(Object.keys(api.paths ?? {}).map((path) => [path, {}]));
    const faults = breakingChanges(api, { ...api, paths: empty });
    expect(faults).toEqual(operations.map((operation) => `${operation}: removed`));
  });

  test('cannot lose a field of a response unnoticed', () => {
    const outputs = Object.entries(api.components?.schemas ?? {}).filter(
      ([name, schema]) => name.endsWith('Output') && 'properties' in schema,
    );
    const bare = Object.fromEntries(outputs.map(([name, schema]) => [name, { ...schema, properties: {} }]));
    const after = { ...api, components: { schemas: { ...api.components?.schemas, ...bare } } };
    const faults = breakingChanges(api, after);
    const fields = outputs.flatMap(([, schema]) => Object.keys(schema['properties'] as object));
    expect(fields.length).toBeGreaterThan(200);
    expect(fields.filter((field) => !faults.some((fault) => fault.endsWith(`.${field} is removed`)))).toEqual([]);
  });
});

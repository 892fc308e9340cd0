/**
 * Compares two OpenAPI documents. Within v1 the API only grows: each change that removes, requires or narrows something is
 * incompatible.
 */
type Schema = Record<string, unknown>;
/** Input that clients send must stay valid; output that they receive must stay readable. */
type Direction = 'sent' | 'received';

interface Parameter {
  name: string;
  in: string;
  required: boolean;
  schema: Schema;
}
interface Media {
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: Media;
  responses?: Record<string, Media>;
  security?: unknown[];
  /** Without a page, the response is the rows alone (the second alternative of its schema). */
  'x-bare-list'?: string;
}
export interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/** One line for each change of `after` that can break a client of `before`. */
export function breakingChanges(before: Document, after: Document): string[] {
  return Object.entries(before.paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const now = after.paths?.[path]?.[method];
      const faults = now === undefined ? ['removed'] : changesOf(operation, now, { before, after });
      return [...new Set(faults)].map((fault) => `${name}: ${fault}`);
    }),
  );
}

interface Documents {
  before: Document;
  after: Document;
}

function changesOf(before: Operation, after: Operation, documents: Documents): string[] {
  const nowNeedsKey = before.security?.length === 0 && after.security?.length !== 0;
  return [
    ...(nowNeedsKey ? ['needs a key now'] : []),
    ...parameterChanges(before.parameters ?? [], after.parameters ?? [], documents),
    ...compare(bodyOf(before.requestBody), bodyOf(after.requestBody), comparison('sent', 'body', documents)),
    ...answerChanges(before, after, documents),
  ];
}

const NO_BODY: Schema = { type: 'object', properties: {} };
const schemaOf = (media: Media | undefined): Schema | undefined => Object.values(media?.content ?? {})[0]?.schema;
const bodyOf = (media: Media | undefined): Schema => schemaOf(media) ?? NO_BODY;

function parameterChanges(before: Parameter[], after: Parameter[], documents: Documents): string[] {
  const same = (one: Parameter) => (other: Parameter) => one.name === other.name && one.in === other.in;
  const title = ({ name, in: place }: Parameter) => `${place} parameter '${name}'`;
  const kept = before.flatMap((parameter) => {
    const now = after.find(same(parameter));
    if (now === undefined) return [`${title(parameter)} is removed`];
    return compare(parameter.schema, now.schema, comparison('sent', title(parameter), documents));
  });
  const required = after.filter((parameter) => parameter.required && !before.find(same(parameter))?.required);
  return [...kept, ...required.map((parameter) => `${title(parameter)} is required now`)];
}

function answerChanges(before: Operation, after: Operation, documents: Documents): string[] {
  return Object.entries(before.responses ?? {}).flatMap(([status, answer]) => {
    const now = after.responses?.[status];
    if (now === undefined) return [`status ${status} is removed`];
    const schema = schemaOf(answer);
    if (schema === undefined) return [];
    const hadNoPages = after['x-bare-list'] !== undefined && branchesOf(schema, documents.before).length === 1;
    const schemaNow = hadNoPages ? rowsOf(schemaOf(now)) : schemaOf(now);
    if (schemaNow === undefined) return [`status ${status} has no body now`];
    return compare(schema, schemaNow, comparison('received', `answer ${status}`, documents));
  });
}

/** The response to a client that requests no page. */
const rowsOf = (schema: Schema | undefined): Schema | undefined =>
  (schema?.['anyOf'] as Schema[] | undefined)?.[1] ?? schema;

/** The position of a comparison, and the pairs of references that are being compared (schemas can be recursive). */
interface Comparison extends Documents {
  direction: Direction;
  at: string;
  seen: ReadonlySet<string>;
}

const comparison = (direction: Direction, at: string, documents: Documents): Comparison => ({
  ...documents,
  direction,
  at,
  seen: new Set(),
});

function compare(before: Schema, after: Schema, where: Comparison): string[] {
  const pair = `${before['$ref']} ${after['$ref']}`;
  if (before['$ref'] !== undefined && where.seen.has(pair)) return [];
  const below = { ...where, seen: new Set([...where.seen, pair]) };
  const [old, now] = [branchesOf(before, where.before), branchesOf(after, where.after)];
  if (old.length === 1 && now.length === 1) return compareOne(old[0] as Schema, now[0] as Schema, below);
  const kept = old.flatMap((branch) => {
    const alike = now.filter((other) => typeFits(branch, other, where.direction));
    return fewest((alike.length > 0 ? alike : now).map((other) => compareOne(branch, other, below)));
  });
  if (where.direction === 'sent') return kept;
  const added = now.filter((branch) => !old.some((other) => typeFits(other, branch, 'received')));
  return [...kept, ...added.map((branch) => `${where.at} can be ${typeOf(branch)} now`)];
}

const fewest = (lists: string[][]): string[] => lists.reduce((best, list) => (list.length < best.length ? list : best));

/** The alternatives of a schema, with references resolved. */
function branchesOf(schema: Schema, document: Document): Schema[] {
  const ref = schema['$ref'] as string | undefined;
  if (ref !== undefined) {
    const target = document.components?.schemas?.[ref.replace('#/components/schemas/', '')];
    if (target === undefined) throw new Error(`The document has no schema ${ref}.`);
    return branchesOf(target, document);
  }
  const branches = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  return branches === undefined ? [schema] : branches.flatMap((branch) => branchesOf(branch, document));
}

const ANYTHING = 'anything';
const typeOf = (schema: Schema): string => {
  if (typeof schema['type'] === 'string') return schema['type'];
  const [value] = valuesOf(schema) ?? [];
  return value === undefined ? ANYTHING : value === null ? 'null' : typeof value;
};

function typeFits(before: Schema, after: Schema, direction: Direction): boolean {
  const [old, now] = [typeOf(before), typeOf(after)];
  const [narrow, wide] = direction === 'sent' ? [old, now] : [now, old];
  return narrow === wide || wide === ANYTHING || (narrow === 'integer' && wide === 'number');
}

function compareOne(before: Schema, after: Schema, where: Comparison): string[] {
  if (!typeFits(before, after, where.direction)) {
    return [`${where.at} is ${typeOf(after)} now, not ${typeOf(before)}`];
  }
  return [
    ...valueChanges(before, after, where),
    ...(where.direction === 'sent' ? boundChanges(before, after, where.at) : []),
    ...fieldChanges(before, after, where),
    ...restChanges(before, after, where),
  ];
}

const valuesOf = (schema: Schema): unknown[] | undefined =>
  'const' in schema ? [schema['const']] : (schema['enum'] as unknown[] | undefined);

/** New values in a response are additions, because clients ignore unknown values. */
function valueChanges(before: Schema, after: Schema, { direction, at }: Comparison): string[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  if (now === undefined) return [];
  if (old === undefined) return direction === 'sent' ? [`${at} takes only ${now.join(', ')} now`] : [];
  const gone = old.filter((value) => !now.includes(value));
  return gone.length === 0 ? [] : [`${at} loses the value ${gone.join(', ')}`];
}

const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const SHAPE = ['pattern', 'format'];

function boundChanges(before: Schema, after: Schema, at: string): string[] {
  const tighter = (name: string, sign: 1 | -1): boolean => {
    const now = after[name] as number | undefined;
    const old = (before[name] as number | undefined) ?? (name === 'minLength' || name === 'minItems' ? 0 : undefined);
    return now !== undefined && (old === undefined || sign * now < sign * old);
  };
  const changed = [
    ...UPPER.filter((name) => tighter(name, 1)),
    ...LOWER.filter((name) => tighter(name, -1)),
    ...SHAPE.filter((name) => after[name] !== undefined && !covers(after[name], before[name])),
  ];
  return changed.map((name) => `${at} is narrower: ${name} is ${after[name]}, was ${before[name] ?? 'free'}`);
}

const WORD_GROUP = /\(([\w-]+(?:\|[\w-]+)*)\)/g;

/** Whether a pattern is unchanged, or only has more words in a group such as `(email|slack)`. */
function covers(after: unknown, before: unknown): boolean {
  if (after === before) return true;
  if (typeof after !== 'string' || typeof before !== 'string') return false;
  const groupsOf = (pattern: string) => [...pattern.matchAll(WORD_GROUP)].map(([, words = '']) => words.split('|'));
  const [now, old] = [groupsOf(after), groupsOf(before)];
  if (after.replace(WORD_GROUP, '()') !== before.replace(WORD_GROUP, '()')) return false;
  return old.every((words, at) => without(words, now[at] ?? []).length === 0);
}

function fieldChanges(before: Schema, after: Schema, where: Comparison): string[] {
  const { direction, at } = where;
  const [old, now] = [before, after].map((schema) => (schema['properties'] ?? {}) as Record<string, Schema>) as [
    Record<string, Schema>,
    Record<string, Schema>,
  ];
  const [needed, neededNow] = [before, after].map((schema) => (schema['required'] ?? []) as string[]) as [
    string[],
    string[],
  ];
  const changes = Object.entries(old).flatMap(([name, schema]) => {
    const schemaNow = now[name];
    if (schemaNow === undefined) return [`${at}.${name} is removed`];
    return compare(schema, schemaNow, { ...where, at: `${at}.${name}` });
  });
  const missing =
    direction === 'sent' ? without(neededNow, needed) : without(needed, neededNow).filter((n) => n in now);
  const verb = direction === 'sent' ? 'is required now' : 'can be missing now';
  return [...changes, ...missing.map((name) => `${at}.${name} ${verb}`)];
}

const without = (names: string[], others: string[]): string[] => names.filter((name) => !others.includes(name));

/** Items of lists, and values of objects with free names. */
function restChanges(before: Schema, after: Schema, where: Comparison): string[] {
  const [values, valuesNow] = [before['additionalProperties'], after['additionalProperties']];
  const closed = where.direction === 'sent' && valuesNow === false && values !== false;
  const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
  const below = (key: string, mark: string) =>
    isSchema(before[key]) && isSchema(after[key])
      ? compare(before[key], after[key], { ...where, at: `${where.at}${mark}` })
      : [];
  return [
    ...(closed ? [`${where.at} takes no other fields now`] : []),
    ...(where.direction === 'received' && isSchema(values) && !isSchema(valuesNow)
      ? [`${where.at} has no free fields now`]
      : []),
    ...below('items', '[]'),
    ...below('additionalProperties', '.*'),
    ...below('propertyNames', ' names'),
  ];
}

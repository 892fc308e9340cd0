import * as z from 'zod';
import { type Contract, carriesBody, type Operation, pathNames, type Route } from './contract';

type JsonSchema = { properties?: Record<string, JsonSchema>; required?: string[] } & Record<string, unknown>;

const ref = (id: string): string => `#/components/schemas/${id}`;
const cap = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Converts the input and output of each operation. Schemas with `.meta({ id })` become shared components. */
function schemasOf(operations: [string, Operation][]): Record<string, JsonSchema> {
  const convert = (io: 'input' | 'output', pick: (op: Operation) => z.ZodType, suffix: string) => {
    const registry = z.registry<{ id: string }>();
    for (const [id, op] of operations) registry.add(pick(op), { id: `${id}${suffix}` });
    const { schemas } = z.toJSONSchema(registry, { uri: ref, io, unrepresentable: 'any' });
    return flatten(schemas as Record<string, JsonSchema>, io === 'input' ? 'Input' : '');
  };
  return {
    ...convert('input', (op) => op.input.clone(), 'Input'),
    ...convert('output', (op) => op.output.clone(), 'Output'),
  };
}

/** zod puts shared schemas into one `__shared` entry; OpenAPI needs each as a component. */
function flatten(schemas: Record<string, JsonSchema>, suffix: string): Record<string, JsonSchema> {
  const text = JSON.stringify(schemas, (key, value) => (key === '$schema' || key === '$id' ? undefined : value));
  const shared = new RegExp(`${ref('__shared')}#/\\$defs/([^"]+)`, 'g');
  const { __shared, ...own } = JSON.parse(text.replace(shared, (_, id: string) => ref(id + suffix)));
  const defs = Object.entries((__shared?.$defs ?? {}) as Record<string, JsonSchema>);
  return { ...own, ...Object.fromEntries(defs.map(([id, schema]) => [id + suffix, schema])) };
}

const PROBLEM: JsonSchema = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
  required: ['type', 'title', 'status', 'detail'],
};

/**
 * The OpenAPI 3.1 document of contracts; zod writes its JSON Schema 2020-12. Internal operations are left out.
 * @param routes vendor routes by module; those without `described` are left out
 */
export function openApi(
  title: string,
  version: string,
  contracts: Record<string, Contract>,
  routes: Record<string, Record<string, Route>> = {},
): Record<string, unknown> {
  const all = Object.entries(contracts).flatMap(([module, contract]) =>
    Object.entries(contract)
      .filter(([, op]) => op.access !== 'internal')
      .map(([name, op]) => ({ module, name, id: cap(module) + cap(name), op })),
  );
  const schemas = schemasOf(all.map(({ id, op }) => [id, op]));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { module, name, id, op } of all) {
    const url = op.path.replace(/:(\w+)/g, '{$1}');
    paths[url] = { ...paths[url], [op.method.toLowerCase()]: describe(op, module, name, id, schemas) };
  }
  for (const [module, ofModule] of Object.entries(routes)) {
    for (const [name, route] of Object.entries(ofModule)) {
      if (route.described === undefined) continue;
      const url = route.path.replace(/:(\w+)/g, '{$1}');
      paths[url] = { ...paths[url], [route.method.toLowerCase()]: describeRoute(route, route.described, module, name) };
    }
  }
  for (const { id } of all) delete schemas[`${id}Input`];
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths,
    components: {
      schemas: { ...schemas, Problem: PROBLEM },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        session: { type: 'apiKey', in: 'cookie', name: 'tocsin_session' },
      },
    },
    security: [{ apiKey: [] }, { session: [] }],
  };
}

const PROBLEM_RESPONSE = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: ref('Problem') } } },
};

/** A vendor route: body, answer and errors have the vendor's form. */
function describeRoute(
  { path, method }: Route,
  { summary, headers }: NonNullable<Route['described']>,
  module: string,
  name: string,
): object {
  const parameter = (where: 'path' | 'header') => (text: string) => ({
    name: text,
    in: where,
    required: true,
    schema: { type: 'string' },
  });
  return {
    operationId: `${module}.${name}`,
    tags: [module],
    summary,
    security: [],
    parameters: [...pathNames(path).map(parameter('path')), ...headers.map(parameter('header'))],
    ...(carriesBody(method) && { requestBody: { required: true, content: { 'application/json': { schema: {} } } } }),
    responses: { '2XX': { description: 'OK' }, default: { description: "An error, in the vendor's own form." } },
  };
}

/** The response of an operation: its output, or with `bareList` alternatively the rows alone. */
function answerOf({ bareList }: Operation, id: string, schemas: Record<string, JsonSchema>): object {
  const output = { $ref: ref(`${id}Output`) };
  const rows = bareList === undefined ? undefined : schemas[`${id}Output`]?.properties?.[bareList];
  return rows === undefined ? output : { anyOf: [output, rows] };
}

function describe(
  op: Operation,
  module: string,
  name: string,
  id: string,
  schemas: Record<string, JsonSchema>,
): object {
  const input = schemas[`${id}Input`] ?? {};
  const inPath = pathNames(op.path);
  const { if_match: ifMatch, ...named } = input.properties ?? {};
  const fields = Object.entries(named);
  const rest = fields.filter(([key]) => !inPath.includes(key));
  const required = (input.required ?? []).filter((key) => !inPath.includes(key));
  const body = carriesBody(op.method) && rest.length > 0;
  const parameter = (where: 'path' | 'query', [key, schema]: [string, JsonSchema]) => ({
    name: key,
    in: where,
    required: where === 'path' || required.includes(key),
    schema,
  });
  return {
    operationId: `${module}.${name}`,
    tags: [module],
    summary: op.summary,
    ...(op.access === 'public' && { security: [] }),
    // Without `page` and `per_page` the answer is the rows alone, which no schema can express.
    ...(op.bareList !== undefined && { 'x-bare-list': op.bareList }),
    parameters: [
      ...fields.filter(([key]) => inPath.includes(key)).map((field) => parameter('path', field)),
      ...(body ? [] : rest.map((field) => parameter('query', field))),
      ...(ifMatch === undefined ? [] : [{ name: 'If-Match', in: 'header', required: false, schema: ifMatch }]),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', properties: Object.fromEntries(rest), required } } },
      },
    }),
    responses: {
      [op.status ?? 200]:
        op.status === 204
          ? { description: 'Done.' }
          : { description: 'OK', content: { 'application/json': { schema: answerOf(op, id, schemas) } } },
      default: PROBLEM_RESPONSE,
    },
  };
}

import * as z from 'zod';
import type { Operation, Route } from '../../kernel/ports/contract';
import { FORMATS } from '../formats';
import type { Credential, Endpoint, Format, ReportEndpoint } from '../formats/format';

/** Ids of all formats; everything in this file derives from the list of formats. */
export type FormatId = (typeof FORMATS)[number]['id'];

export const FORMAT_IDS = FORMATS.map(({ id }) => id) as [FormatId, ...FormatId[]];

/** One path at which an endpoint of a format answers. */
export interface FormatRoute {
  /** Unique: the operation, with a number for each path of the vendor. */
  name: string;
  /** `alertmanager`, or `pagerduty.enqueue` for a named endpoint. */
  operation: string;
  endpoint: Endpoint;
  path: `/${string}`;
  /** The place of the integration's key in a request: the path, or the place that the vendor's clients use. */
  credential: Credential;
  /** False for the integration's own URL, true for a path of the vendor. */
  vendor: boolean;
}

/** The URL of an integration, without the server; its parameter is the integration's key. */
export const pathOfFormat = (id: string): `/${string}` => `/api/v1/integrations/:key/${id}`;

const routesOf = (format: Format): FormatRoute[] =>
  format.endpoints.flatMap((endpoint): FormatRoute[] => {
    const operation = endpoint.name === undefined ? format.id : `${format.id}.${endpoint.name}`;
    const path = `${pathOfFormat(format.id)}${endpoint.path}` as const;
    const own: FormatRoute = { name: operation, operation, endpoint, path, credential: { in: 'path' }, vendor: false };
    const vendors = (endpoint.vendors ?? []).map((route, at) => {
      const name = `${operation}.vendor${at === 0 ? '' : at + 1}`;
      return { name, operation, endpoint, ...route, vendor: true };
    });
    return [own, ...vendors];
  });

const formats: readonly Format[] = FORMATS;

/** The endpoints of a format that report alerts. */
export const reportEndpointsOf = (id: FormatId): ReportEndpoint[] =>
  (formats.find((format) => format.id === id)?.endpoints ?? []).flatMap((endpoint) =>
    endpoint.read === undefined ? [] : [endpoint],
  );

/** The paths of all formats. */
export const formatRoutes: readonly FormatRoute[] = formats.flatMap(routesOf);

const headersOf = (credential: FormatRoute['credential']): string[] =>
  credential.in === 'header' ? [credential.name] : credential.in === 'authorization' ? ['Authorization'] : [];

/** True if a path has a parameter other than the integration's key. */
const isNamed = (path: string): boolean => /:(?!key\b)\w/.test(path);

/** The paths of all formats for the gateway. They are public, because the module itself checks the integration's key. */
export const vendorRoutes: Record<string, Route> = Object.fromEntries(
  formatRoutes.map(({ name, endpoint, path, credential }): [string, Route] => {
    const { method, summary, refuse } = endpoint;
    const described = { summary, headers: headersOf(credential) };
    const more = { named: isNamed(path), ...(refuse && { refuse }) };
    const route: Route = { method, path, access: 'public', intake: true, described, ...more };
    return [name, route];
  }),
);

export const FormatShown = z
  .object({
    id: z.enum(FORMAT_IDS),
    title: z.string(),
    hint: z.string().nullable(),
    /** The vendor's page that defines the format. */
    source: z.string(),
    /** Path of an integration's URL, with `{key}` for its key. */
    path: z.string(),
    /** True: integrations of this format can have a mapping. */
    mapped: z.boolean(),
    /** The header with the tool's signature, if it can sign; then integrations can have a secret. */
    signature_header: z.string().nullable(),
    /** Snippets to paste into the tool, with the placeholders `{url}`, `{key}` and `{origin}`. */
    setup: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        text: z.string(),
        file: z.string().nullable(),
        code: z.string(),
      }),
    ),
  })
  .meta({ id: 'Format' });

/** True if integrations of a format can have a mapping. */
export const hasMappings = (id: string): boolean =>
  formats.some((format) => format.id === id && format.endpoints.some(({ mapped }) => mapped === true));

/** The header with the signature of a format's tool; null if it does not sign. */
export const signatureHeaderOf = (id: string): string | null =>
  formats.find((format) => format.id === id)?.endpoints.find(({ signature }) => signature)?.signature?.header ?? null;

const presentFormat = ({ id, title, hint, source, setup }: Format): z.input<typeof FormatShown> => ({
  id: id as FormatId,
  title,
  hint: hint ?? null,
  source,
  path: pathOfFormat(id).replace(':key', '{key}'),
  mapped: hasMappings(id),
  signature_header: signatureHeaderOf(id),
  setup: setup.map(({ file, ...snippet }) => ({ ...snippet, file: file ?? null })),
});

/** All formats as the API shows them. */
export const formatsShown = (): z.input<typeof FormatShown>[] => formats.map(presentFormat);

export const formatsOperation = {
  summary: 'Formats of integrations, with snippets to paste into each tool',
  method: 'GET',
  path: '/api/v1/integrations/formats',
  access: 'viewer',
  input: z.object({}),
  output: z.object({ formats: z.array(FormatShown) }),
} satisfies Operation;

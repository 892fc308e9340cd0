/** The text of docs/formats.md, derived from the list of formats. */
import { FORMATS } from '../src/alerts/formats';
import type { Credential, Endpoint, Format, VendorPath } from '../src/alerts/formats/format';

const HEAD = `<!-- Written by \`npm run docs\` from src/alerts/formats. Change the formats there. -->
# Formats

A format is how a monitoring tool reports alerts. Create an integration of the format on the page *Integrations* or by
\`POST /api/v1/integrations\`, and point the tool at the integration's URL. \`<url>\` below is that URL,
\`/api/v1/integrations/<key>/<format>\`. A tool that keeps its own path sends the key in the body, in the query or in a header instead.

| format | also | requests | set-up for | defined by |
| --- | --- | --- | --- | --- |
`;

const placeOf = (credential: Credential): string => {
  if (credential.in === 'path') return 'in the path';
  if (credential.in === 'query') return `parameter \`${credential.name}\``;
  if (credential.in === 'authorization') return 'as bearer token, or in basic authentication';
  if (credential.in === 'body') return `field \`${credential.field}\``;
  const scheme = credential.scheme === undefined ? '' : `${credential.scheme} `;
  return `header \`${credential.name}: ${scheme}<key>\``;
};

/** A format with so many requests shows paths of the vendor that differ in their prefix only as one line. */
const MANY = 5;

/** The prefixes below which all requests of a format answer as below the integration's URL, each with its line. */
function prefixesOf(endpoints: readonly Endpoint[]): Map<string, string> {
  const found = endpoints.flatMap((endpoint) => (endpoint.vendors ?? []).map((vendor) => prefixOf(endpoint, vendor)));
  const common = [...new Set(found)].filter(
    (one) => endpoints.length >= MANY && found.filter((other) => other === one).length === endpoints.length,
  );
  return new Map(common.map((one) => [one, `the same below ${one}`]));
}

const prefixOf = ({ path }: Endpoint, { path: at, credential }: VendorPath): string =>
  at.endsWith(path)
    ? `\`<server>${at.slice(0, at.length - path.length)}\` instead of \`<url>\` (key: ${placeOf(credential)})`
    : at;

function requestsOf(endpoints: readonly Endpoint[]): string[] {
  const prefixes = prefixesOf(endpoints);
  const lines = endpoints.flatMap((endpoint) => [
    `\`${endpoint.method} <url>${endpoint.path}\``,
    ...(endpoint.vendors ?? [])
      .filter((vendor) => !prefixes.has(prefixOf(endpoint, vendor)))
      .map((vendor) => `\`${endpoint.method} ${vendor.path}\` (key: ${placeOf(vendor.credential)})`),
  ]);
  return [...lines, ...prefixes.values()];
}

const rowOf = ({ id, title, hint, source, endpoints, setup }: Format): string => {
  const tools = setup.map((snippet) => snippet.title).join(', ');
  const requests = requestsOf(endpoints).join('<br>');
  return `| \`${id}\` ${title} | ${hint ?? ''} | ${requests} | ${tools} | <${source}> |\n`;
};

export const formatsPage = (formats: readonly Format[] = FORMATS): string => HEAD + formats.map(rowOf).join('');

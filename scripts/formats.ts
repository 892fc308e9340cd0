/** The text of docs/formats.md, derived from the list of formats. */
import { FORMATS } from '../src/alerts/formats';
import type { Credential, Endpoint, Format } from '../src/alerts/formats/format';

const HEAD = `<!-- Written by \`npm run docs\` from src/alerts/formats. Change the formats there. -->
# Formats

A format is how a monitoring tool reports alerts. Create an integration of the format on the page *Integrations* or by
\`POST /api/v1/integrations\`, and point the tool at the integration's URL. \`<url>\` below is that URL,
\`/api/v1/integrations/<key>/<format>\`. A tool that keeps its own path sends the key in the body or in a header instead.

| format | also | requests | set-up for | defined by |
| --- | --- | --- | --- | --- |
`;

const placeOf = (credential: Credential): string => {
  if (credential.in === 'path') return 'in the path';
  if (credential.in === 'authorization') return 'as bearer token, or in basic authentication';
  if (credential.in === 'body') return `field \`${credential.field}\``;
  const scheme = credential.scheme === undefined ? '' : `${credential.scheme} `;
  return `header \`${credential.name}: ${scheme}<key>\``;
};

const requestsOf = ({ method, path, vendors = [] }: Endpoint): string[] => [
  `\`${method} <url>${path}\``,
  ...vendors.map((vendor) => `\`${method} ${vendor.path}\` (key: ${placeOf(vendor.credential)})`),
];

const rowOf = ({ id, title, hint, source, endpoints, setup }: Format): string => {
  const tools = setup.map((snippet) => snippet.title).join(', ');
  const requests = endpoints.flatMap(requestsOf).join('<br>');
  return `| \`${id}\` ${title} | ${hint ?? ''} | ${requests} | ${tools} | <${source}> |\n`;
};

export const formatsPage = (formats: readonly Format[] = FORMATS): string => HEAD + formats.map(rowOf).join('');

/** The text of docs/formats.md, derived from the list of formats. */
import { FORMATS } from '../src/alerts/formats';
import type { Endpoint, Format } from '../src/alerts/formats/format';

const HEAD = `<!-- Written by \`npm run docs\` from src/alerts/formats. Change the formats there. -->
# Formats

A format is how a monitoring tool reports alerts. Create an integration of the format on the page *Integrations* or by
\`POST /api/v1/integrations\`, and point the tool at the integration's URL. \`<url>\` below is that URL,
\`/api/v1/integrations/<key>/<format>\`. A tool that keeps its own path sends the key in the body or in a header instead.

| format | also | requests | set-up for | defined by |
| --- | --- | --- | --- | --- |
`;

const requestsOf = ({ method, path, vendor }: Endpoint): string[] => {
  const own = `\`${method} <url>${path}\``;
  if (vendor === undefined) return [own];
  const { credential } = vendor;
  const where =
    credential.in === 'body'
      ? `field \`${credential.field}\``
      : `header \`${credential.name}: ${credential.scheme === undefined ? '' : `${credential.scheme} `}<key>\``;
  return [own, `\`${method} ${vendor.path}\` (key: ${where})`];
};

const rowOf = ({ id, title, hint, source, endpoints, setup }: Format): string => {
  const tools = setup.map((snippet) => snippet.title).join(', ');
  const requests = endpoints.flatMap(requestsOf).join('<br>');
  return `| \`${id}\` ${title} | ${hint ?? ''} | ${requests} | ${tools} | <${source}> |\n`;
};

export const formatsPage = (formats: readonly Format[] = FORMATS): string => HEAD + formats.map(rowOf).join('');

import { openApiDocument } from '../../src/compose';
import { breakingChanges, type Document } from './compatibility';

const sorted = <T>(things: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(things).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The text of docs/openapi.json. Paths and schemas are sorted, so that moved code changes nothing. */
export function openApiText(): string {
  const { paths, components, ...rest } = openApiDocument() as Required<Document> & Record<string, unknown>;
  const schemas = sorted(components.schemas ?? {});
  return `${JSON.stringify({ ...rest, paths: sorted(paths), components: { ...components, schemas } }, null, 2)}\n`;
}

/** Incompatible changes of the contracts against the committed document. */
export const brokenSince = (committed: string): string[] =>
  breakingChanges(JSON.parse(committed) as Document, JSON.parse(openApiText()) as Document);

import type { Incident } from '../contract';
import type { Deps } from '../deps';
import { headlineOf } from '../domain/timeline';

type Page = Parameters<Deps['notify']['tell']>[0];

/** The page of an incident that incidents sends itself; pages of steps go through oncall. */
export function pageOf({ id, title, severity, description, links }: Incident, key: string, to: Page['to']): Page {
  const headline = headlineOf({ title, severity });
  const message = description === null ? headline : `${headline}\n\n${description}`;
  return { key, incident_id: id, message, severity, to, ...(links.length > 0 && { links }) };
}

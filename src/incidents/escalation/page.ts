import type { Incident } from '../contract';
import type { Deps } from '../deps';
import { headlineOf } from '../domain/timeline';

/** The state of an incident, for channels that show it. */
export const viewOf = ({
  title,
  service,
  status,
  assigned_to,
  updated_at,
}: Incident): NonNullable<Page['incident']> => ({
  ...{ title, service, status },
  by: status === 'open' ? null : assigned_to,
  changed_at: updated_at,
});

type Page = Parameters<Deps['notify']['tell']>[0];

/** The page of an incident that incidents sends itself; pages of steps go through oncall. */
export function pageOf(incident: Incident, key: string, to: Page['to']): Page {
  const { id, title, severity, description, links } = incident;
  const headline = headlineOf({ title, severity });
  const message = description === null ? headline : `${headline}\n\n${description}`;
  return {
    key,
    incident_id: id,
    message,
    severity,
    to,
    incident: viewOf(incident),
    ...(links.length > 0 && { links }),
  };
}

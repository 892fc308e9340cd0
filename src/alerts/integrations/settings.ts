import type { ReportInput } from '../domain';
import type { AlertEvent } from '../formats/format';
import { clip, firstText } from '../formats/read';
import { severityOf } from '../formats/severity';
import type { IntegrationRow } from '../store/integrations';

/** The settings of an integration that change what its format read. */
export type ReadingSettings = Pick<
  IntegrationRow,
  'name' | 'service' | 'team' | 'service_labels' | 'severity_labels' | 'severity_map' | 'stale_after'
>;

const SERVICE_LENGTH = 255;

/**
 * Applies the settings of an integration to an event. Pure. Labels that the integration names come first, in their order,
 * then what the format read; the integration's service replaces only a service that the payload does not name.
 */
export function applySettings(event: AlertEvent, settings: ReadingSettings, now: Date): AlertEvent {
  const { report, expiresAt, ...rest } = event;
  const { severity_note: _, ...plain } = report;
  const expiry = expiresAt ?? expiryOf(settings, now);
  return {
    ...rest,
    ...(expiry !== undefined && { expiresAt: expiry }),
    report: {
      ...plain,
      service: serviceOf(event, settings),
      ...severityIn(event, settings),
      ...defaultRoute(event, settings),
    },
  };
}

const expiryOf = ({ stale_after }: ReadingSettings, now: Date): Date | undefined =>
  stale_after === null ? undefined : new Date(now.getTime() + stale_after * 1_000);

/** The first of these labels that is not blank. */
const labelOf = (labels: ReportInput['labels'], names: readonly string[]): string | undefined =>
  firstText(...names.map((name) => (Object.hasOwn(labels, name) ? String(labels[name]) : undefined)));

function serviceOf({ report, serviceMissing = false }: AlertEvent, settings: ReadingSettings): string {
  const labelled = labelOf(report.labels, settings.service_labels);
  if (labelled !== undefined) return clip(labelled.trim().toLowerCase(), SERVICE_LENGTH).trim();
  return serviceMissing && settings.service !== null ? settings.service : report.service;
}

/** The team of the integration, if neither the payload nor a label of the integration names a service. */
function defaultRoute(
  { report, serviceMissing = false }: AlertEvent,
  { name, team, service_labels }: ReadingSettings,
): Pick<ReportInput, 'default_route'> {
  if (team === null || !serviceMissing || labelOf(report.labels, service_labels) !== undefined) return {};
  return { default_route: { team, by: { kind: 'integration', name } } };
}

/** The severity by the integration's map, else by the usual words, if a label of the integration or a mapped word names it. */
function severityIn(
  { report, severityWord }: AlertEvent,
  { severity_labels, severity_map }: ReadingSettings,
): Pick<ReportInput, 'severity' | 'severity_note'> {
  const labelled = labelOf(report.labels, severity_labels);
  const word = (labelled ?? severityWord ?? report.severity).trim().toLowerCase();
  if (Object.hasOwn(severity_map, word)) return { severity: severity_map[word] as ReportInput['severity'] };
  if (labelled !== undefined) return severityOf(labelled);
  const { severity, severity_note } = report;
  return { severity, ...(severity_note !== undefined && { severity_note }) };
}

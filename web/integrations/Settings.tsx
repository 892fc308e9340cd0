import type { Problem } from '../../src/kernel/ports/problem';
import { invalid } from '../../src/kernel/ports/problem';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { integrations } from '../text/integrations';
import { Card, Facts } from '../ui/card';
import { say } from '../ui/toast';
import type { Format } from './formats';
import type { Integration } from './IntegrationsPage';
import { signatureFields, signatureIn } from './signature';

const { settings: words } = integrations;

type Change = Parameters<typeof ports.alerts.updateIntegration>[0];

const list = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');

const numberOf = (text: string): number | null => (text === '' ? null : Number(text));

/** The words and severities of lines such as `sev1 = critical`. @throws Problem that names the field */
function mapOf(text: string): NonNullable<Change['severity_map']> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => line.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) throw mapFault();
  return Object.fromEntries(pairs) as NonNullable<Change['severity_map']>;
}

const mapFault = (): Problem => invalid([{ path: 'severity_map', message: words.mapFault }]);

const changeIn = (form: FormData): Omit<Change, 'id'> => {
  const minutes = numberOf(textIn(form, 'stale_after'));
  return {
    name: textIn(form, 'name'),
    service: textIn(form, 'service') || null,
    team: textIn(form, 'team').trim() || null,
    service_labels: list(textIn(form, 'service_labels')),
    severity_labels: list(textIn(form, 'severity_labels')),
    severity_map: mapOf(textIn(form, 'severity_map')),
    auto_resolve: form.get('auto_resolve') !== null,
    stale_after: minutes === null ? null : Math.round(minutes * 60),
    resolve_expired: form.get('resolve_expired') !== null,
    rate_per_minute: numberOf(textIn(form, 'rate_per_minute')),
  };
};

/** The settings of an integration, as facts. */
export const Settings = ({ of, end }: { of: Integration; end?: preact.ComponentChildren }) => (
  <Card title={words.title} end={end}>
    <div class="pad">
      <Facts
        of={[
          [words.service, of.service ?? words.byFormat],
          [words.team, of.team ?? words.ownerOfService],
          [words.serviceLabels, of.service_labels.join(', ') || words.byFormat],
          [words.severityLabels, of.severity_labels.join(', ') || words.byFormat],
          [words.severityMap, linesOf(of.severity_map).join(', ') || words.usual],
          [words.autoResolve, of.auto_resolve ? words.yes : words.staysOpen],
          [words.staleAfter, of.stale_after === null ? words.never : words.minutes(of.stale_after / 60)],
          ...(of.stale_after === null && !of.resolve_expired
            ? []
            : ([[words.resolveExpired, of.resolve_expired ? words.yes : words.onlyAcknowledged]] as const)),
          ...(of.signed ? ([[integrations.signature.title, integrations.signature.required]] as const) : []),
          [words.rate, of.rate_per_minute === null ? words.anyNumber : words.perMinute(of.rate_per_minute)],
        ]}
      />
    </div>
  </Card>
);

const linesOf = (map: Integration['severity_map']): string[] =>
  Object.entries(map).map(([word, severity]) => `${word} = ${severity}`);

/** The dialog that changes them. If another person changed them meanwhile, the server refuses and nothing is overwritten. */
export function SettingsDialog({
  of,
  format,
  onClose,
}: {
  of: Integration;
  format: Format | undefined;
  onClose(): void;
}) {
  const act = async (form: FormData) => {
    const { name } = await ports.alerts.updateIntegration({
      id: of.id,
      if_match: of.version,
      ...changeIn(form),
      ...signatureIn(form, format),
    });
    say(words.saved(name));
  };
  return (
    <FormDialog
      title={words.dialog(of.name)}
      verb={words.verb}
      onClose={onClose}
      act={act}
      fields={[
        { name: 'name', label: integrations.dialog.name, defaultValue: of.name, required: true, maxLength: 255 },
        {
          ...{ name: 'service', label: words.service, hint: words.serviceHint, defaultValue: of.service ?? '' },
          ...{ optional: true, maxLength: 255 },
        },
        {
          ...{ name: 'team', label: words.team, hint: words.teamHint, defaultValue: of.team ?? '' },
          ...{ optional: true, maxLength: 255 },
        },
        {
          ...{ name: 'service_labels', label: words.serviceLabels, hint: words.labelsHint },
          ...{ defaultValue: of.service_labels.join(', '), optional: true },
        },
        {
          ...{ name: 'severity_labels', label: words.severityLabels, hint: words.labelsHint },
          ...{ defaultValue: of.severity_labels.join(', '), optional: true },
        },
        {
          ...{ kind: 'area' as const, name: 'severity_map', label: words.severityMap, hint: words.mapHint, rows: 3 },
          ...{ defaultValue: linesOf(of.severity_map).join('\n'), optional: true },
        },
        {
          ...{ name: 'stale_after', label: words.staleAfterMinutes, hint: words.staleHint, type: 'number', min: 1 },
          ...{ max: 43_200, defaultValue: of.stale_after === null ? '' : String(of.stale_after / 60), optional: true },
        },
        {
          ...{ name: 'rate_per_minute', label: words.rateField, hint: words.rateHint, type: 'number', min: 1 },
          ...{
            max: 100_000,
            defaultValue: of.rate_per_minute === null ? '' : String(of.rate_per_minute),
            optional: true,
          },
        },
        { kind: 'tick', name: 'auto_resolve', label: words.autoResolveTick, defaultChecked: of.auto_resolve },
        { kind: 'tick', name: 'resolve_expired', label: words.resolveExpiredTick, defaultChecked: of.resolve_expired },
        ...signatureFields(of, format),
      ]}
    />
  );
}

import type { FormField } from '../live/formFields';
import { textIn } from '../live/forms';
import type { ports } from '../ports';
import { integrations } from '../text/integrations';
import type { Format } from './formats';
import type { Integration } from './IntegrationsPage';

const { signature: words } = integrations;

type Change = Parameters<typeof ports.alerts.updateIntegration>[0];
type Signs = Pick<Format, 'signature_header'> | undefined;

/** Fields for the secret of a tool that signs its requests; none for other tools. The secret is never shown. */
export function signatureFields(of: Integration, format: Signs): FormField[] {
  const header = format?.signature_header ?? null;
  if (header === null) return [];
  return [
    {
      ...{ name: 'signature_secret', label: words.secret, type: 'password', autocomplete: 'new-password' },
      ...{ hint: of.signed ? words.keepHint : words.hint(header), maxLength: 500, optional: true },
    },
    {
      ...{ name: 'signature_timestamp_header', label: words.timeHeader, hint: words.timeHint },
      ...{ defaultValue: of.signature_timestamp_header ?? '', maxLength: 64, optional: true },
    },
    ...(of.signed ? [{ kind: 'tick' as const, name: 'unsigned', label: words.remove, defaultChecked: false }] : []),
  ];
}

/** The settings of these fields. An empty secret keeps the present one. */
export function signatureIn(
  form: FormData,
  format: Signs,
): Pick<Change, 'signature_secret' | 'signature_timestamp_header'> {
  if ((format?.signature_header ?? null) === null) return {};
  // Spaces can belong to a secret.
  const secret = String(form.get('signature_secret') ?? '');
  const removed = form.get('unsigned') !== null;
  return {
    ...((removed || secret !== '') && { signature_secret: removed ? null : secret }),
    signature_timestamp_header: textIn(form, 'signature_timestamp_header') || null,
  };
}

import { useServices } from '../services/known';
import { SEVERITY_CHOICES } from '../ui/choices';
import type { FormField } from './formFields';

/** Fields that several dialogs have. */

/** Accepts any service and suggests those that sent alerts or have an owner. */
export function useServiceField(shown: { label: string; hint: string; defaultValue?: string }): FormField {
  const suggestions = useServices().map(({ service, team }) => ({ value: service, text: team }));
  return { name: 'service', required: true, maxLength: 255, suggestions, ...shown };
}

/** @param value the severity that is selected first */
export const severityField = (label: string, value = 'high'): FormField => ({
  kind: 'select',
  name: 'severity',
  label,
  choices: SEVERITY_CHOICES,
  value,
});

import { useAsked } from '../asking';
import { ports } from '../ports';
import { SEVERITY_CHOICES } from '../ui/choices';
import { SelectField, TextField } from '../ui/field';

/** Fields that more than one form asks for. */

interface Shared {
  label: string;
  hint?: string;
  value?: string;
  faults: Record<string, string>;
}

/** Any service may be named; those that are owned are offered. */
export function ServiceField({ label, hint, value = '', faults }: Shared) {
  const services = useAsked('services', () => ports.oncall.services({}), { modules: ['oncall'] });
  return (
    <>
      <TextField
        label={label}
        name="service"
        hint={hint}
        fault={faults['service']}
        defaultValue={value}
        required
        maxLength={255}
        list="known-services"
        autocomplete="off"
      />
      <datalist id="known-services">
        {(services.value ?? []).map(({ service, team }) => (
          <option value={service}>{team}</option>
        ))}
      </datalist>
    </>
  );
}

export const SeverityField = ({ label, value, faults }: Shared) => (
  <SelectField
    label={label}
    name="severity"
    fault={faults['severity']}
    choices={SEVERITY_CHOICES}
    value={value ?? 'high'}
  />
);

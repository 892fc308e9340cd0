import { useServices } from '../services/known';
import { SEVERITY_CHOICES } from '../ui/choices';
import { SelectField, TextField } from '../ui/field';

/** Fields that more than one form asks for. */

interface Shared {
  label: string;
  hint?: string;
  value?: string;
  faults: Record<string, string>;
}

/** Any service may be named; those that were seen are offered. */
export function ServiceField({ label, hint, value = '', faults }: Shared) {
  const services = useServices();
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
        {services.map(({ service, team }) => (
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

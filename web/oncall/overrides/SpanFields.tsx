import { TextField } from '../../ui/field';
import { overrideWords as words } from '../../words/oncallTeam';

/** From when until when, on the wall of the zone that the calendar shows. */
interface SpanFieldsProps {
  of: { from: string; to: string };
  zone: string;
  faults: Record<string, string>;
  /** It has begun: only its end can still be said. */
  begun?: boolean;
  onChange(part: { from?: string; to?: string }): void;
}

export const SpanFields = ({ of, zone, faults, begun = false, onChange }: SpanFieldsProps) => (
  <div class="fields times">
    <TextField
      label={words.from}
      name="starts-at"
      type="datetime-local"
      required
      disabled={begun}
      value={of.from}
      hint={begun ? words.begun : words.inZone(zone)}
      fault={faults['times'] ?? faults['starts_at']}
      onInput={({ currentTarget }) => onChange({ from: currentTarget.value })}
    />
    <TextField
      label={words.to}
      name="ends-at"
      type="datetime-local"
      required
      value={of.to}
      hint={begun ? words.inZone(zone) : undefined}
      fault={faults['order'] ?? faults['ends_at']}
      onInput={({ currentTarget }) => onChange({ to: currentTarget.value })}
    />
  </div>
);

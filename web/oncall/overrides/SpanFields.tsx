import { overrideWords as words } from '../../text/oncallTeam';
import { TextField } from '../../ui/field';
import { placeOf, stamp } from '../calendar/format';
import { instantOfLocal, localAt } from '../calendar/zones';

/** Start and end in `zone`; the time in `otherZone` is shown below if it differs. */
interface SpanFieldsProps {
  of: { from: string; to: string };
  zone: string;
  otherZone?: string | null;
  faults: Record<string, string>;
  /** The override has begun: only its end can be changed. */
  begun?: boolean;
  onChange(part: { from?: string; to?: string }): void;
}

/** `Sat 28 Mar 13:30 in Kolkata.`; empty if both zones show the same time, or without a time. */
export function timeBeside(zone: string, otherZone: string | null, local: string): string {
  if (otherZone === null || local === '') return '';
  const instant = instantOfLocal(zone, local);
  if (localAt(otherZone, instant) === localAt(zone, instant)) return '';
  return words.timeIn(stamp(otherZone, instant), placeOf(otherZone));
}

const hintOf = (...said: string[]): string | undefined => said.filter(Boolean).join(' ') || undefined;

export const SpanFields = ({ of, zone, otherZone = null, faults, begun = false, onChange }: SpanFieldsProps) => (
  <div class="fields times">
    <TextField
      label={words.from}
      name="starts-at"
      type="datetime-local"
      required
      disabled={begun}
      value={of.from}
      hint={begun ? words.begun : hintOf(words.inZone(zone), timeBeside(zone, otherZone, of.from))}
      fault={faults['times'] ?? faults['starts_at']}
      onInput={({ currentTarget }) => onChange({ from: currentTarget.value })}
    />
    <TextField
      label={words.to}
      name="ends-at"
      type="datetime-local"
      required
      value={of.to}
      hint={hintOf(begun ? words.inZone(zone) : '', timeBeside(zone, otherZone, of.to))}
      fault={faults['order'] ?? faults['ends_at']}
      onInput={({ currentTarget }) => onChange({ to: currentTarget.value })}
    />
  </div>
);

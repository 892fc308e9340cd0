import { oncallWords as words } from '../../text/oncallTeam';
import { SelectField } from '../../ui/field';
import { HERE } from '../../ui/times';
import type { View } from './view';

/** Chooses the zone of the calendar, and a second zone whose midnights are marked. */
interface ZonePickProps {
  zone: string;
  otherZone: string | null;
  timeZone: string;
  onGo(change: Partial<View>): void;
}

const NONE = 'none';

export function ZonePick({ zone, otherZone, timeZone, onGo }: ZonePickProps) {
  const all = Intl.supportedValuesOf('timeZone');
  const named = (name: string): string =>
    name === timeZone ? words.scheduleClock(name) : name === HERE ? words.ownClock(name) : name;
  const clocks = [...new Set([HERE, timeZone, zone, ...all])].map((name) => ({ value: name, text: named(name) }));
  return (
    <span class="row wrap end zones">
      <SelectField
        label={words.clock}
        name="zone"
        value={zone}
        choices={clocks}
        onChange={({ currentTarget: { value } }) => onGo({ zone: value === HERE ? null : value })}
      />
      <SelectField
        label={words.alsoShow}
        name="also"
        value={otherZone ?? NONE}
        choices={[{ value: NONE, text: words.nobodyElse }, ...clocks.filter(({ value }) => value !== zone)]}
        onChange={({ currentTarget: { value } }) => onGo({ also: value })}
      />
    </span>
  );
}

import { calendarWords } from '../../text/calendar';
import { stamp } from './format';
import type { Placed } from './lanes';
import type { Moved } from './movedOverride';
import type { Selected } from './useSelection';

/** Announces the selected span or the moved override to screen readers. */
interface SelectionStatusProps {
  chosen: Selected | null;
  held: Moved | null;
  placed: Placed;
  zone: string;
}

export const SelectionStatus = ({ chosen, held, placed, zone }: SelectionStatusProps) => (
  <p class="sr" aria-live="polite">
    {chosen && calendarWords.chosen(stamp(zone, chosen.from), stamp(zone, chosen.to), nameOf(placed, chosen.lane))}
    {held && sentenceOf(held, placed, zone)}
  </p>
);

const nameOf = ({ lanes }: Placed, key: string): string => lanes.find(({ lane }) => lane.key === key)?.lane.name ?? '';

const sentenceOf = ({ id, part, from, to }: Moved, { lanes }: Placed, zone: string): string => {
  const of = lanes.flatMap(({ blocks }) => blocks).find(({ takes }) => takes?.id === id);
  return calendarWords.held[part](of?.label ?? '', stamp(zone, from), stamp(zone, to));
};

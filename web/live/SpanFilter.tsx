import { parts } from '../text/parts';
import { TextField } from '../ui/field';

/** An instant as the browser's field writes it: local time, to the minute. */
const asTyped = (instant: string): string => {
  const at = new Date(instant);
  return Number.isNaN(at.getTime())
    ? ''
    : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const asInstant = (typed: string): string | null => (typed === '' ? null : new Date(typed).toISOString());

export interface Span {
  from: string | null;
  to: string | null;
}

/** The instant in an address, or null if it is missing or invalid. */
export const instantIn = (text: string | undefined): string | null =>
  text === undefined || Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString();

/** A filter by start and end; both are optional. */
export const SpanFilter = ({ of: { from, to }, onPick }: { of: Span; onPick(span: Span): void }) => (
  <details class="span" open={from !== null || to !== null}>
    <summary class={from === null && to === null ? 'chip' : 'chip set'}>{parts.span.title}</summary>
    <div class="row wrap">
      <TextField
        label={parts.span.from}
        name="from"
        type="datetime-local"
        value={from === null ? '' : asTyped(from)}
        onChange={(event) => onPick({ from: asInstant(event.currentTarget.value), to })}
      />
      <TextField
        label={parts.span.to}
        name="to"
        type="datetime-local"
        value={to === null ? '' : asTyped(to)}
        onChange={(event) => onPick({ from, to: asInstant(event.currentTarget.value) })}
      />
    </div>
  </details>
);

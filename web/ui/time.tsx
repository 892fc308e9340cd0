import { useComputed } from '@preact/signals';
import { parts } from '../text/parts';
import { age, ago, clockSeconds, countdown, exact, now, span } from './times';

/** An instant: relative if it is near; the exact time with its zone on hover. */
export function Ago({ at }: { at: string }) {
  const text = useComputed(() => ago(at, now.value));
  return (
    <time dateTime={at} title={exact(at)}>
      {text}
    </time>
  );
}

/** The age of something, for columns. */
export function Age({ at, until, long = false }: { at: string; until?: string | null; long?: boolean }) {
  const text = useComputed(() => {
    const seconds = ((until ? Date.parse(until) : now.value) - Date.parse(at)) / 1_000;
    return long ? span(seconds) : age(seconds);
  });
  return (
    <time dateTime={at} title={exact(at)}>
      {text}
    </time>
  );
}

/** An instant in a format of the caller. */
export const At = ({ at, children }: { at: string; children: string }) => (
  <time dateTime={at} title={exact(at)}>
    {children}
  </time>
);

/**
 * A countdown while the connection is live. Otherwise an instant, because the countdown could be wrong by now.
 * Announced at the start and in the last minute, not every second.
 */
export function Countdown({
  at,
  what,
  live,
  small = false,
}: {
  at: string;
  what: string;
  live: boolean;
  small?: boolean;
}) {
  const left = useComputed(() => (Date.parse(at) - now.value) / 1_000);
  const text = useComputed(() => countdown(left.value));
  const said = useComputed(() => parts.dueIn(what, span(left.value > 60 ? Math.round(left.value / 60) * 60 : 60)));
  const className = `count${small ? ' small' : ''}`;
  if (!live) return <span class={`${className} muted`}>{parts.at(clockSeconds(at))}</span>;
  return (
    <span class={className} role="timer" aria-label={said} title={exact(at)}>
      {text}
    </span>
  );
}

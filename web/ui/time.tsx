import { useComputed } from '@preact/signals';
import { parts } from '../text/parts';
import { age, ago, clockSeconds, countdown, exact, now, span } from './times';

/** An instant: relative while it is near, and always exact on hover, with its zone. */
export function Ago({ at }: { at: string }) {
  const text = useComputed(() => ago(at, now.value));
  return (
    <time dateTime={at} title={exact(at)}>
      {text}
    </time>
  );
}

/** How long since, for columns of ages. */
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

/** An instant as somebody else formats it. */
export const At = ({ at, children }: { at: string; children: string }) => (
  <time dateTime={at} title={exact(at)}>
    {children}
  </time>
);

/**
 * Counts down on a live connection only; otherwise it is an instant, because nobody can say that it still holds.
 * Announced at the start and in the last minute, not each second.
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

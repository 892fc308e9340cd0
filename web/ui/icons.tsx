import type { ComponentChildren } from 'preact';
import { parts } from '../text/parts';
import { identityOf } from './identity';

/** The smallest parts: icons, severities, states, people, badges. Shape and word repeat what the colour shows. */

export type Severity = keyof typeof parts.severity;
export type State = keyof typeof parts.state;

/** An icon of the sprite in index.html. It is decoration: the caller adds the text. */
export const Icon = ({ name, class: className = 'i' }: { name: string; class?: string }) => (
  <svg class={className} aria-hidden="true">
    <use href={`#i-${name}`} />
  </svg>
);

export const SeverityMark = ({ of, quiet = false }: { of: Severity; quiet?: boolean }) => (
  <span class={`sev ${of}`}>
    <svg class={`m-${of}`} aria-hidden="true">
      <use href={`#${of}`} />
    </svg>
    <span class={quiet ? 'sr' : 'word'}>{parts.severity[of]}</span>
  </span>
);

export const StatePill = ({ of, busy = false }: { of: State; busy?: boolean }) => (
  <span class={`state ${of}`} aria-busy={busy}>
    <svg aria-hidden="true">
      <use href={`#s-${of}`} />
    </svg>
    {parts.state[of]}
  </span>
);

const TINTS = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'] as const;
type Tint = (typeof TINTS)[number];

/** The colour of a person, for each known spelling of the name: the same in calendars, faces and lists. */
export const tintOf = (text: string): Tint => {
  let sum = 0;
  for (const character of identityOf(text)) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return TINTS[sum % TINTS.length] as Tint;
};

const lettersOf = (name: string): string => {
  const words = name.split(/[\s.@_-]+/).filter(Boolean);
  const letters =
    words.length > 1 && !name.includes('@') ? `${words[0]?.[0]}${words[1]?.[0]}` : (words[0] ?? '?').slice(0, 2);
  return letters.charAt(0).toUpperCase() + letters.slice(1).toLowerCase();
};

interface Named {
  name: string | null;
  /** The address decides the colour if it is known; otherwise the name does. */
  email?: string | null | undefined;
}

export function Face({ name, email, large = false }: Named & { large?: boolean }) {
  const size = large ? ' l' : '';
  if (name === null) return <span class={`face none${size}`} aria-hidden="true" />;
  return (
    <span class={`face ${tintOf(email || name)}${size}`} aria-hidden="true">
      {lettersOf(name)}
    </span>
  );
}

/** A person, or a dashed ring for no person. */
export const Person = ({ name, email, children }: Named & { children?: ComponentChildren }) => (
  <span class={name === null ? 'person muted' : 'person'}>
    <Face name={name} email={email} />
    <span class="clip">{name ?? parts.nobody}</span>
    {children}
  </span>
);

export const Badge = ({
  tone,
  children,
}: {
  tone?: 'on' | 'warn' | 'bad' | undefined;
  children: ComponentChildren;
}) => <span class={`badge ${tone ?? ''}`}>{children}</span>;

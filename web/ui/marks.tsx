import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { parts } from '../words/parts';

/** The smallest parts: icons, severities, states, people, badges. Shape and word say what colour says. */

export type Severity = keyof typeof parts.severity;
export type State = keyof typeof parts.state;

/** A stroke from the sprite of the shell (index.html). Decoration: whoever uses it says it in words too. */
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
type TintOf = (name: string) => Tint;

/** The same tint wherever the person appears: it comes from the name. */
const tintOf: TintOf = (name) => {
  let sum = 0;
  for (const character of name.toLowerCase()) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return TINTS[sum % TINTS.length] as Tint;
};

/**
 * The tints of people who are seen together. Each keeps the tint of their name; whoever comes to one that is taken gets
 * one that nobody has, while there is one. `others` come and go: the tints of the rest do not depend on them.
 */
export function tintsOf(names: Iterable<string>, others: Iterable<string> = []): TintOf {
  const given = new Map<string, Tint>();
  const free = new Set<Tint>(TINTS);
  for (const group of [names, others]) {
    const fresh = new Set([...group].map((name) => name.toLowerCase()).filter((name) => !given.has(name)));
    for (const name of fresh) {
      if (free.delete(tintOf(name))) given.set(name, tintOf(name));
    }
    for (const name of fresh) {
      if (given.has(name)) continue;
      const [tint = tintOf(name)] = free;
      free.delete(tint);
      given.set(name, tint);
    }
  }
  return (name) => given.get(name.toLowerCase()) ?? tintOf(name);
}

const Tints = createContext<TintOf>(tintOf);
export const useTints = (): TintOf => useContext(Tints);

interface TogetherProps {
  names: Iterable<string>;
  others?: Iterable<string>;
  children: ComponentChildren;
}

/** A view in which people are told apart by their tints. */
export const Together = ({ names, others = [], children }: TogetherProps) => (
  <Tints.Provider value={tintsOf(names, others)}>{children}</Tints.Provider>
);

const lettersOf = (name: string): string => {
  const words = name.split(/[\s.@_-]+/).filter(Boolean);
  const letters =
    words.length > 1 && !name.includes('@') ? `${words[0]?.[0]}${words[1]?.[0]}` : (words[0] ?? '?').slice(0, 2);
  return letters.charAt(0).toUpperCase() + letters.slice(1).toLowerCase();
};

export function Face({ name, large = false }: { name: string | null; large?: boolean }) {
  const tints = useTints();
  const size = large ? ' l' : '';
  if (name === null) return <span class={`face none${size}`} aria-hidden="true" />;
  return (
    <span class={`face ${tints(name)}${size}`} aria-hidden="true">
      {lettersOf(name)}
    </span>
  );
}

/** A person, or the dashed ring where nobody is. */
export const Person = ({ name, children }: { name: string | null; children?: ComponentChildren }) => (
  <span class={name === null ? 'person muted' : 'person'}>
    <Face name={name} />
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

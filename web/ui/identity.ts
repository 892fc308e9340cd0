import { signal } from '@preact/signals';

/**
 * Maps names to people. The e-mail address identifies a person; full names and user names are mapped to it as the
 * server returns them. A name that two addresses share identifies no person.
 */

const spelt = (text: string): string => text.trim().toLowerCase();

/** The address of each name; null if several people share the name. */
const known = signal<ReadonlyMap<string, string | null>>(new Map());

export interface Spelling {
  name: string;
  email: string | null | undefined;
}

/** Remembers the names of people. A person without an address is ignored. */
export function learnPeople(people: readonly Spelling[]): void {
  const next = new Map(known.peek());
  for (const { name, email } of people) {
    if (!email || spelt(name) === '') continue;
    const before = next.get(spelt(name));
    next.set(spelt(name), before === undefined || before === spelt(email) ? spelt(email) : null);
  }
  known.value = next;
}

/** The same text for all known names of one person; an unknown text is returned unchanged. */
export const identityOf = (text: string): string => known.value.get(spelt(text)) ?? spelt(text);

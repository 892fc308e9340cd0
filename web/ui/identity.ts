import { signal } from '@preact/signals';

/**
 * Which person a text names. A person is known by the e-mail address; names and user names lead to it as they are learned
 * from the server's answers. A spelling that two addresses share names neither, and stays a text.
 */

const spelt = (text: string): string => text.trim().toLowerCase();

/** The address of each spelling; null where several people share it. */
const known = signal<ReadonlyMap<string, string | null>>(new Map());

export interface Spelling {
  name: string;
  email: string | null | undefined;
}

/** Remembers by which names people go; one without an address teaches nothing. */
export function learnPeople(people: readonly Spelling[]): void {
  const next = new Map(known.peek());
  for (const { name, email } of people) {
    if (!email || spelt(name) === '') continue;
    const before = next.get(spelt(name));
    next.set(spelt(name), before === undefined || before === spelt(email) ? spelt(email) : null);
  }
  known.value = next;
}

/** The same text for every known spelling of one person; an unknown text is itself. */
export const identityOf = (text: string): string => known.value.get(spelt(text)) ?? spelt(text);

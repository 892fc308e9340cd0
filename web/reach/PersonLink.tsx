import type { ComponentChildren } from 'preact';
import { Person } from '../ui/icons';
import { hrefOfPerson } from './hrefOfPerson';

interface Props {
  name: string | null;
  email: string | null;
  children?: ComponentChildren;
}

/** A person with a link to how they are reached; without an address they have no page. */
export const PersonLink = ({ name, email, children }: Props) =>
  email === null || name === null ? (
    <Person name={name} email={email}>
      {children}
    </Person>
  ) : (
    <a class="person-link" href={hrefOfPerson(email)}>
      <Person name={name} email={email}>
        {children}
      </Person>
    </a>
  );

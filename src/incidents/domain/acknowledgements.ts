/** Escalations that several people must acknowledge. */

export interface Acknowledger {
  name: string;
  email: string | null;
}

export interface Acknowledgements {
  /** How many different people must acknowledge before the escalation stops. */
  wanted: number;
  by: readonly Acknowledger[];
}

export interface Counted extends Acknowledgements {
  /** Whether the person had not acknowledged before. */
  fresh: boolean;
  /** Whether enough people have acknowledged. */
  complete: boolean;
}

const keyOf = ({ name, email }: Acknowledger): string => (email ?? name).trim().toLowerCase();

/** The acknowledgements after that of a person; the same person counts once. */
export function counted({ wanted, by }: Acknowledgements, person: Acknowledger): Counted {
  const fresh = !by.some((one) => keyOf(one) === keyOf(person));
  const all = fresh ? [...by, person] : by;
  return { wanted, by: all, fresh, complete: all.length >= wanted };
}

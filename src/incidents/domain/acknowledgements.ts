/** Escalations that several people must acknowledge. */

export interface Acknowledger {
  name: string;
  email: string | null;
}

export interface Acknowledgements {
  /** How many different people must acknowledge before the escalation stops. */
  wanted: number;
  by: readonly Acknowledger[];
  /**
   * Whether `wanted` is unknown: no step has said it yet. The escalation is stopped, and continues if it turns out that more
   * people must acknowledge.
   */
  unsure: boolean;
}

export interface Counted extends Acknowledgements {
  /** Whether the person had not acknowledged before. */
  fresh: boolean;
  /** Whether enough people have acknowledged. */
  complete: boolean;
}

const keyOf = ({ name, email }: Acknowledger): string => (email ?? name).trim().toLowerCase();

/** The acknowledgements after that of a person; the same person counts once. */
export function counted({ wanted, by, unsure }: Acknowledgements, person: Acknowledger): Counted {
  const fresh = !by.some((one) => keyOf(one) === keyOf(person));
  const all = fresh ? [...by, person] : by;
  return { wanted, by: all, unsure, fresh, complete: all.length >= wanted };
}

/** Whether an escalation that acknowledgements stopped continues, because more people must acknowledge than have. */
export const asksForMore = ({ by, unsure }: Omit<Acknowledgements, 'wanted'>, wanted: number): boolean =>
  unsure && by.length < wanted;

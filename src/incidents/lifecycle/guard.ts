import type { Db } from '../../kernel/db/pool';
import type { Incident } from '../contract';

/** Checks a locked incident in the transaction of a change. It throws if the change must not be made. */
export type Guard = (trx: Db, incident: Incident) => Promise<void>;

/** Operations whose change another operation of this module can guard. */
export type Guarded<S> = {
  [Name in keyof S]: S[Name] extends (input: infer Input, caller: infer Caller) => infer Result
    ? (input: Input, caller: Caller, guard?: Guard) => Result
    : never;
};

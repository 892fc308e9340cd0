import { count } from './parts';

/** Texts of incidents that several people must acknowledge. */
export const acknowledgementWords = {
  soFar: (n: number, of: number) =>
    `${count(n)} of ${count(of)} people have acknowledged. The escalation continues until ${count(of)} have.`,
  entry: (n: number, of: number) => `acknowledged (${count(n)} of ${count(of)} people)`,
};

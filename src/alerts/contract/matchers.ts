import * as z from 'zod';

/** Most characters of all matchers of a list. */
export const LONGEST_MATCHERS = 4_000;

/** Matchers as text; the module parses them and refuses what it cannot read, with the field. */
export const MatcherList = z
  .array(z.string().min(1).max(2_500))
  .max(20)
  .describe('Alertmanager syntax, such as `env="prod"` or `service=~"pay.*"`; all must match');

import type { RuleDraft } from '../contract/rules';
import { readMatchers } from './readMatchers';

/**
 * The fields of a rule as they are stored.
 * @param field prefix of the fields that a refusal names
 * @throws Problem `invalid`
 */
export function fieldsOf({ when, then, name, enabled, during, stop }: RuleDraft, field: string) {
  return { name, enabled, during, stop, matchers: readMatchers(when, `${field}when`), actions: then };
}

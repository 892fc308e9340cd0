import { inSlices } from '../async/slices';
import { MASKED_AT_ONCE, masked, maskedSteps } from '../mask';
import { weightOf } from './weight';

/**
 * The same result as `masked`, in slices if the value is large.
 * @throws Problem `malformed` if the client disconnects before the end
 */
export const maskAnswer = async <T>(answer: T, signal?: AbortSignal): Promise<T> =>
  weightOf(answer, MASKED_AT_ONCE) <= MASKED_AT_ONCE ? masked(answer) : inSlices(maskedSteps(answer), signal);

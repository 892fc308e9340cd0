import * as z from 'zod';
import { inSlices } from '../async/slices';
import { atOnce, type Steps } from '../async/steps';
import { asProblem } from '../db/pool';
import { type Caller, type Contract, type Operation, type Port, pathNames, type Service } from './contract';
import { jsonSafetySteps } from './jsonSafety';
import { lengthFaults } from './lengths';
import { parseSteps } from './parse';
import { type FieldFault, invalid, Problem } from './problem';
import { type NoteUnreadable, parseReadable, type Unreadable } from './unreadable';
import { countOf, LIGHT, weightOf } from './weight';

type Handler = (input: never, caller: Caller) => Promise<unknown>;

const fault = (issue: z.core.$ZodIssue): FieldFault => ({ path: issue.path.join('.'), message: issue.message });

/**
 * Enforces a contract: input in, output out. Router and in-process port both go through it, so that a call inside the
 * process is never laxer than one over HTTP. The exception is `inputIsBuilt`, which the router validates with `readInput`.
 * @throws Problem `invalid` naming every faulty field, `malformed` where only names in the path are at fault
 */
export async function invoke(
  op: Operation,
  handler: Handler,
  raw: unknown,
  caller: Caller,
  note: Note = () => {},
): Promise<unknown> {
  const input = op.inputIsBuilt ? raw : await readInput(op, raw, caller.signal);
  try {
    const output = await handler(input as never, caller);
    return op.outputIsBuilt ? output : await shaped(op, output, caller, note);
  } catch (error) {
    throw asProblem(error) ?? error;
  }
}

/**
 * Validates an input without holding the event loop.
 * @throws Problem as `invoke` does
 */
export const readInput = (op: Operation, raw: unknown, signal?: AbortSignal): Promise<unknown> =>
  inSlices(inputSteps(op, raw), signal);

type Note = (row: Unreadable) => void;

/** The answer as the contract has it. Reads that people ask for survive rows that do not fit it. */
async function shaped(op: Operation, output: unknown, caller: Caller, note: Note): Promise<unknown> {
  try {
    return await inSlices(parseSteps(op.output, output), caller.signal);
  } catch (error) {
    const spared = error instanceof z.ZodError && op.method === 'GET' && op.access !== 'internal';
    const readable = spared ? parseReadable(op.output, output) : null;
    if (readable === null) throw error;
    for (const row of readable.left) note(row);
    return readable.value;
  }
}

/** What was asked, as the contract reads it; for routes that answer an operation in another form than JSON. */
export const inputOf = <O extends Operation>(op: O, raw: unknown): z.output<O['input']> =>
  atOnce(inputSteps(op, raw)) as z.output<O['input']>;

/** A body holds at most so many values; alert intake and other modules of the house have bounds of their own. */
const MOST_VALUES = 20_000;

function* inputSteps(op: Operation, raw: unknown): Steps<unknown> {
  const unsound = op.soundPerItem ? [] : yield* jsonSafetySteps(raw);
  if (unsound.length > 0) throw refused(op, unsound);
  if (weightOf(raw, LIGHT) > LIGHT) {
    const tooLong = lengthFaults(op.input, raw);
    if (tooLong.length > 0) throw refused(op, tooLong);
    if (op.intake !== true && op.access !== 'internal') requireFewValues(raw);
    yield;
  }
  const parsed = op.input.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw refused(op, parsed.error.issues.map(fault));
}

function requireFewValues(raw: unknown): void {
  if (countOf(raw, MOST_VALUES) <= MOST_VALUES) return;
  throw new Problem('too-large', `The body holds more than ${MOST_VALUES} values. Send fewer at a time.`);
}

function refused(op: Operation, faults: FieldFault[]): Problem {
  const inPath = pathNames(op.path);
  if (!faults.every(({ path }) => inPath.includes(path))) return invalid(faults);
  return new Problem('malformed', faults.map(({ message }) => message).join('; '), { errors: faults });
}

/**
 * A module in this process, as its neighbours hold it.
 * @param onUnreadable called for each row that a read left out
 */
export function localPort<C extends Contract>(
  contract: C,
  service: Service<C>,
  onUnreadable: NoteUnreadable = () => {},
): Port<C> {
  const calls = Object.entries(contract).map(([name, op]) => {
    const handler = service[name as keyof C] as Handler;
    const note = (row: Unreadable): void => onUnreadable(name, row);
    return [name, (raw: unknown, caller: Caller) => invoke(op, handler, raw, caller, note)];
  });
  return Object.fromEntries(calls) as Port<C>;
}

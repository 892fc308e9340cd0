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
 * Calls an operation and enforces its contract on input and output. The router and the in-process port both use it, so
 * that a call inside the process is checked like one over HTTP. Exception: input with `inputIsBuilt` is validated only by
 * the router, with `readInput`.
 * @throws Problem `invalid` with all invalid fields, `malformed` if only path fields are invalid
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
 * Validates an input in slices.
 * @throws Problem as `invoke`
 */
export const readInput = (op: Operation, raw: unknown, signal?: AbortSignal): Promise<unknown> =>
  inSlices(inputSteps(op, raw), signal);

type Note = (row: Unreadable) => void;

/** Parses the output. For reads that are not internal, rows that do not fit the contract are left out. */
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

/** Parses input by the contract, for routes that return the result of an operation in a form other than JSON. */
export const inputOf = <O extends Operation>(op: O, raw: unknown): z.output<O['input']> =>
  atOnce(inputSteps(op, raw)) as z.output<O['input']>;

/** Most values in a body. Intake and internal operations have their own limits. */
const MOST_VALUES = 20_000;

function* inputSteps(op: Operation, raw: unknown): Steps<unknown> {
  const unsafe = op.soundPerItem ? [] : yield* jsonSafetySteps(op.asSent === undefined ? raw : without(op.asSent, raw));
  if (unsafe.length > 0) throw refused(op, unsafe);
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

const without = (field: string, raw: unknown): unknown =>
  typeof raw === 'object' && raw !== null && field in raw ? { ...raw, [field]: null } : raw;

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
 * The port of a module in this process.
 * @param onUnreadable called for each row that a read leaves out
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

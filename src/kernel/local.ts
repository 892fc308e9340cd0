import type * as z from 'zod';
import { type Caller, type Contract, type Operation, type Port, pathNames, type Service } from './contract';
import { asProblem } from './db';
import { type FieldFault, invalid, Problem } from './problem';
import { soundnessFaults } from './sound';

type Handler = (input: never, caller: Caller) => Promise<unknown>;

const fault = (issue: z.core.$ZodIssue): FieldFault => ({ path: issue.path.join('.'), message: issue.message });

/**
 * The single place where a contract is enforced: input in, output out. Router and in-process port both go through it,
 * so that a call inside the process is never laxer than one over HTTP.
 * @throws Problem `invalid` naming every faulty field, `malformed` where only names in the path are at fault
 */
export async function invoke(op: Operation, handler: Handler, raw: unknown, caller: Caller): Promise<unknown> {
  const input = inputOf(op, raw);
  try {
    const output = await handler(input as never, caller);
    return op.outputIsBuilt ? output : op.output.parse(output);
  } catch (error) {
    throw asProblem(error) ?? error;
  }
}

/** What was asked, as the contract reads it; for routes that answer an operation in another form than JSON. */
export function inputOf<O extends Operation>(op: O, raw: unknown): z.output<O['input']> {
  const unsound = op.soundPerItem ? [] : soundnessFaults(raw);
  const parsed = unsound.length > 0 ? null : op.input.safeParse(raw);
  if (parsed?.success) return parsed.data as z.output<O['input']>;
  const faults = parsed === null ? unsound : parsed.error.issues.map(fault);
  const inPath = pathNames(op.path);
  if (faults.every(({ path }) => inPath.includes(path))) {
    throw new Problem('malformed', faults.map(({ message }) => message).join('; '), { errors: faults });
  }
  throw invalid(faults);
}

/** A module in this process, as its neighbours hold it. */
export function localPort<C extends Contract>(contract: C, service: Service<C>): Port<C> {
  const calls = Object.entries(contract).map(([name, op]) => {
    const handler = service[name as keyof C] as Handler;
    return [name, (raw: unknown, caller: Caller) => invoke(op, handler, raw, caller)];
  });
  return Object.fromEntries(calls) as Port<C>;
}

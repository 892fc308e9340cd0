import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { faultsOf, problemOf } from '../ports';
import { Dialog } from '../ui/dialog';
import { useUnsavedGuard } from '../ui/page';
import { type FieldErrors, type FormField, FormFields } from './formFields';
import { LeaveDialog } from './LeaveDialog';
import { ProblemBanner } from './problems';

/** Forms: one submission at a time, the server's errors at their fields, and no input lost by a slip. */

export interface Submitting {
  busy: boolean;
  problem: Problem | null;
  /** The errors of the last submission, by the name of their field. */
  faults: Record<string, string>;
  /** Returns whether the server accepted it. */
  submit(act: () => Promise<unknown>): Promise<boolean>;
}

/** The state of one form: busy while the server is asked, then its problem if it refused. */
export function useSubmitting(): Submitting {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (act: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, faults: problem ? faultsOf(problem) : {}, submit };
}

/** A banner with the problem, unless every error of it is shown beside one of `fields`. */
export function Refusal({ of, fields }: { of: Pick<Submitting, 'problem' | 'faults'>; fields: readonly string[] }) {
  if (of.problem === null) return null;
  const shown = Object.keys(of.faults).filter((path) => fields.includes(path));
  const all = Object.keys(of.faults).length;
  return all > 0 && shown.length === all ? null : <ProblemBanner problem={of.problem} />;
}

/** The trimmed text of a field. */
export const textIn = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();

export interface FormDialogProps {
  title: string;
  /** The verb on the button that submits. */
  verb: string;
  cancel?: string | undefined;
  danger?: boolean;
  /** A sentence above the fields. */
  text?: string;
  fields?: readonly FormField[];
  /** Names of further fields, which `children` draw, as the server's errors call them. */
  names?: readonly string[];
  /** Whether something changed that is no input of the form. */
  changed?: boolean;
  onClose(): void;
  /** Throws the problem if the server refuses. Otherwise the dialog closes. */
  act(form: FormData): Promise<unknown>;
  children?: ComponentChildren | ((errors: Record<string, string>) => ComponentChildren);
}

/**
 * The form of every dialog: labelled fields with the server's errors beside them, busy while the server is asked, submitted
 * by its button or by Enter. Escape and *Cancel* close it; if something was typed, it asks first.
 */
export function FormDialog(props: FormDialogProps) {
  const { title, verb, cancel, danger = false, text, fields = [], names = [], changed = false, onClose, act } = props;
  const { children } = props;
  const [touched, setTouched] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const submitting = useSubmitting();
  const unsaved = (touched || changed) && !submitting.busy;
  useUnsavedGuard(unsaved);
  return (
    <>
      <Dialog
        title={title}
        verb={verb}
        busy={submitting.busy}
        cancel={cancel}
        danger={danger}
        onClose={() => (unsaved ? setLeaving(true) : onClose())}
        onSubmit={(form) => void submitting.submit(() => act(form)).then((done) => done && onClose())}
      >
        <Refusal of={submitting} fields={[...fields.map(({ name }) => name), ...names]} />
        <div class="stack" onInput={() => setTouched(true)}>
          {text && <p class="second">{text}</p>}
          <FormFields of={fields} errors={submitting.faults satisfies FieldErrors} />
          {typeof children === 'function' ? children(submitting.faults) : children}
        </div>
      </Dialog>
      {leaving && <LeaveDialog onStay={() => setLeaving(false)} onLeave={onClose} />}
    </>
  );
}

export interface ConfirmProps {
  title: string;
  text: string;
  verb: string;
  keep: string;
  onClose(): void;
  act(): Promise<unknown>;
}

/** Asks before an action that cannot be undone. */
export const Confirm = ({ title, text, verb, keep, onClose, act }: ConfirmProps) => (
  <FormDialog title={title} text={text} verb={verb} cancel={keep} danger onClose={onClose} act={act} />
);

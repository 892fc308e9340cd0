import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { faultsOf, problemOf } from '../ports';
import { parts } from '../text/parts';
import { Dialog } from '../ui/dialog';
import { useUnsavedGuard } from '../ui/page';
import { ProblemBanner } from './problems';

/** Forms: one submission at a time, the server's faults at their fields, and nothing typed is lost by a slip. */

export interface Submitting {
  busy: boolean;
  problem: Problem | null;
  /** By the name of their field. */
  faults: Record<string, string>;
  /** Answers whether the server agreed. */
  submit(act: () => Promise<unknown>): Promise<boolean>;
}

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

/** What a form says about itself as a whole: refusals that no field of it carries. */
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
  verb: string;
  cancel?: string;
  danger?: boolean;
  /** The names of its fields, as the server's faults call them. */
  fields?: readonly string[];
  /** Something changed that is no input of the form. */
  changed?: boolean;
  onClose(): void;
  /** Throws what the server refused; where it returns, the dialog closes. */
  act(form: FormData): Promise<unknown>;
  children?: ComponentChildren | ((faults: Record<string, string>) => ComponentChildren);
}

/** A dialog that asks the server for something; closing it with something typed is asked about first. */
export function FormDialog(props: FormDialogProps) {
  const { title, verb, cancel, danger, fields = [], changed = false, onClose, act, children } = props;
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
        {...(cancel && { cancel })}
        {...(danger && { danger })}
        onClose={() => (unsaved ? setLeaving(true) : onClose())}
        onSubmit={(form) => void submitting.submit(() => act(form)).then((done) => done && onClose())}
      >
        <Refusal of={submitting} fields={fields} />
        <div class="stack" onInput={() => setTouched(true)}>
          {typeof children === 'function' ? children(submitting.faults) : children}
        </div>
      </Dialog>
      {leaving && (
        <Dialog
          title={parts.leave.title}
          verb={parts.leave.go}
          cancel={parts.leave.stay}
          danger
          onClose={() => setLeaving(false)}
          onSubmit={onClose}
        >
          <p class="second">{parts.leave.text}</p>
        </Dialog>
      )}
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

/** Asks before something that cannot be taken back. */
export const Confirm = ({ title, text, verb, keep, onClose, act }: ConfirmProps) => (
  <FormDialog title={title} verb={verb} cancel={keep} danger onClose={onClose} act={act}>
    <p class="second">{text}</p>
  </FormDialog>
);

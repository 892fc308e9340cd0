import type { AllHTMLAttributes, ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { parts } from '../text/parts';

/** Label above, hint or error below. The error is linked to the field and names the remedy. */

interface Common {
  label: string;
  name: string;
  hint?: ComponentChildren;
  fault?: string | undefined;
  optional?: boolean;
  /** Hides the label from the screen; screen readers still read it. */
  hideLabel?: boolean;
}

/** Attributes that are passed to the element. */
type Rest<E extends EventTarget> = Omit<AllHTMLAttributes<E>, 'name' | 'label' | 'role'>;

function useWired({ fault, hint }: Pick<Common, 'fault' | 'hint'>) {
  const id = useId();
  const below = fault ? `${id}f` : hint ? `${id}h` : undefined;
  return { id, wired: { id, 'aria-invalid': fault ? true : undefined, 'aria-describedby': below } as const };
}

function Frame({
  id,
  label,
  hint,
  fault,
  optional,
  hideLabel,
  children,
}: Common & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'sr' : undefined}>
        {label} {optional && <span class="muted">{parts.optional}</span>}
      </label>
      {children}
      {fault ? (
        <p class="fault" id={`${id}f`}>
          {fault}
        </p>
      ) : (
        hint && (
          <p class="hint" id={`${id}h`}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

export function TextField({
  label,
  name,
  hint,
  fault,
  optional,
  hideLabel,
  ...input
}: Common & Rest<HTMLInputElement>) {
  const { id, wired } = useWired({ fault, hint });
  return (
    <Frame {...{ id, label, name, hint, fault, optional: optional ?? false, hideLabel: hideLabel ?? false }}>
      <input class="input" name={name} {...(input as object)} {...wired} />
    </Frame>
  );
}

export function AreaField({
  label,
  name,
  hint,
  fault,
  optional,
  hideLabel,
  ...area
}: Common & Rest<HTMLTextAreaElement>) {
  const { id, wired } = useWired({ fault, hint });
  return (
    <Frame {...{ id, label, name, hint, fault, optional: optional ?? false, hideLabel: hideLabel ?? false }}>
      <textarea class="input" name={name} rows={4} {...(area as object)} {...wired} />
    </Frame>
  );
}

export interface Choice {
  value: string;
  text: string;
}

export function SelectField({
  label,
  name,
  hint,
  fault,
  optional,
  hideLabel,
  choices,
  value,
  ...select
}: Common & Rest<HTMLSelectElement> & { choices: readonly Choice[] }) {
  const { id, wired } = useWired({ fault, hint });
  return (
    <Frame {...{ id, label, name, hint, fault, optional: optional ?? false, hideLabel: hideLabel ?? false }}>
      <select class="input" name={name} {...(select as object)} {...wired}>
        {choices.map((choice) => (
          <option value={choice.value} selected={choice.value === value}>
            {choice.text}
          </option>
        ))}
      </select>
    </Frame>
  );
}

export const Tick = ({
  label,
  ...input
}: { label: ComponentChildren } & Rest<HTMLInputElement> & { name?: string }) => (
  <label class="row">
    <input type="checkbox" {...(input as object)} /> {label}
  </label>
);

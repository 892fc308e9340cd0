import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { Icon } from './icons';

export interface ButtonProps {
  children?: ComponentChildren;
  /** The main action; at most one per view. */
  main?: boolean;
  quiet?: boolean;
  danger?: boolean;
  small?: boolean;
  big?: boolean;
  wide?: boolean;
  icon?: string;
  /** The accessible name of a button that shows only its icon, or only a word beside it. */
  label?: string;
  /** Keeps its width, shows a spinner and ignores presses. */
  busy?: boolean;
  /** Why it is disabled. */
  disabled?: string | false | undefined;
  type?: 'button' | 'submit';
  href?: string;
  pressed?: boolean;
  form?: string;
  id?: string;
  onClick?: (event: TargetedMouseEvent<HTMLElement>) => void;
}

const TONES = ['main', 'quiet', 'danger', 'small', 'big', 'wide'] as const;

export function Button(props: ButtonProps) {
  const { children, icon, label, busy = false, disabled, type = 'button', href, pressed, onClick, id, form } = props;
  const only = children === undefined;
  const className = ['btn', ...TONES.filter((tone) => props[tone]), only ? 'icon' : ''].filter(Boolean).join(' ');
  const inside = (
    <>
      {icon && !busy && <Icon name={icon} />}
      {children}
    </>
  );
  const named = { id, class: className, 'aria-label': label, title: disabled || label };
  if (href !== undefined) {
    return (
      <a {...named} href={href}>
        {inside}
      </a>
    );
  }
  return (
    <button
      {...named}
      type={type}
      form={form}
      disabled={Boolean(disabled)}
      aria-busy={busy || undefined}
      aria-pressed={pressed}
      onClick={busy ? undefined : onClick}
    >
      {inside}
    </button>
  );
}

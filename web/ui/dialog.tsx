import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { parts } from '../text/parts';
import { Button } from './button';

export interface DialogProps {
  /** A question, or the name of the new thing. */
  title: string;
  /** The verb on the button that submits. */
  verb?: string;
  busy?: boolean;
  cancel?: string | undefined;
  danger?: boolean;
  /** A further class of the element. */
  class?: string;
  onClose(): void;
  onSubmit?(form: FormData): void;
  children?: ComponentChildren;
}

/** The browser's own dialog: it keeps the focus, Escape closes it, and the focus returns to the opener. */
export function Dialog({
  title,
  verb,
  busy = false,
  cancel,
  danger,
  class: className,
  onClose,
  onSubmit,
  children,
}: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const over = useRef(false);
  useEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    shown?.showModal?.();
    return () => {
      // While it is open, no element below it can take the focus.
      over.current = true;
      shown?.close?.();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      class={`dialog ${className ?? ''}`}
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!busy) onClose();
      }}
      onClose={() => {
        if (over.current) return;
        // A browser closes it without asking if Escape is pressed twice; the page decides, so it is opened again.
        dialog.current?.showModal?.();
        if (!busy) onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current && !busy && !onSubmit) onClose();
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onSubmit?.(new FormData(event.currentTarget));
        }}
      >
        <header>
          <h2 id={id}>{title}</h2>
        </header>
        <div class="stack">{children}</div>
        <footer>
          <Button onClick={onClose}>{cancel ?? (verb ? parts.cancel : parts.close)}</Button>
          {verb && (
            <Button type="submit" main={!danger} danger={danger ?? false} busy={busy}>
              {verb}
            </Button>
          )}
        </footer>
      </form>
    </dialog>
  );
}

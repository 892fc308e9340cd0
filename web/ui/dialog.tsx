import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { parts } from '../text/parts';
import { Button } from './button';

export interface DialogProps {
  /** A question, or what is made here. */
  title: string;
  /** The verb on the button. */
  verb?: string;
  busy?: boolean;
  cancel?: string | undefined;
  danger?: boolean;
  /** Says nothing: a dialog whose fields settle everything themselves. */
  class?: string;
  onClose(): void;
  onSubmit?(form: FormData): void;
  children?: ComponentChildren;
}

/** The browser's own dialog: focus stays in it, Escape closes it, and focus returns where it was. */
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
      // As long as it is open, nothing beneath it can take the focus.
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
        // A browser that was pressed Escape in twice closes it without asking; whether it closes is for its page to say.
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

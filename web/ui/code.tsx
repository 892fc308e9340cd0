import { useRef, useState } from 'preact/hooks';
import { parts } from '../text/parts';
import { Button } from './button';

const SAID_MS = 2_000;

/**
 * Copies a text to the clipboard; returns whether that worked. Browsers refuse the clipboard without https: then the
 * selection is copied. If that fails too, the text stays selected for Ctrl+C.
 */
async function written(text: string, block: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (block === null) return false;
    getSelection()?.selectAllChildren(block);
    return document.execCommand?.('copy') ?? false;
  }
}

/** A text that is copied whole: a key, an address, a snippet for a tool. */
export function Code({ label, children }: { label: string; children: string }) {
  const block = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await written(children, block.current))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_MS);
  };
  return (
    <div class="stack tight">
      <div class="row">
        <span class="label">{label}</span>
        <span class="end" role="status">
          <Button small quiet icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
            {copied ? parts.copied : parts.copy}
            <span class="sr">{label}</span>
          </Button>
        </span>
      </div>
      <pre class="code" ref={block} tabIndex={0}>
        <code>{children}</code>
      </pre>
    </div>
  );
}

import { useRef, useState } from 'preact/hooks';
import { parts } from '../text/parts';
import { Button } from './button';

const SAID_MS = 2_000;

/**
 * Puts a text on the clipboard; answers whether it is there. Without https browsers keep the clipboard closed: then the
 * selection is copied, and if that is refused too, it stays selected for the keys.
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

/** Something that is copied whole: a key, an address, what is pasted into a tool. */
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

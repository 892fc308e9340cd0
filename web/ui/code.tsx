import { useRef, useState } from 'preact/hooks';
import { parts } from '../words/parts';
import { Button } from './button';

const SAID_MS = 2_000;

/** Something that is copied whole: a key, an address, what is pasted into a tool. */
export function Code({ label, children }: { label: string; children: string }) {
  const block = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(children);
      setCopied(true);
      setTimeout(() => setCopied(false), SAID_MS);
    } catch {
      // Without a secure connection browsers keep the clipboard closed; what is selected can still be copied by key.
      if (block.current) getSelection()?.selectAllChildren(block.current);
    }
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

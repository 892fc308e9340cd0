import { useState } from 'preact/hooks';
import { Code } from '../ui/code';
import { Panel, Tabs } from '../ui/navigation';
import type { Snippet } from './snippets';

/** One tab per tool: the instructions and the snippet to paste. */
export function SnippetTabs({ label, of }: { label: string; of: readonly Snippet[] }) {
  const [picked, pick] = useState(of[0]?.id);
  const shown = of.find(({ id }) => id === picked) ?? of[0];
  if (!shown) return null;
  const { id, title, text, file, code } = shown;
  return (
    <div class="stack">
      <Tabs
        label={label}
        tabs={of.map((snippet) => ({ id: snippet.id, text: snippet.title }))}
        current={id}
        onPick={pick}
      />
      <Panel of={id}>
        <p class="second">{text}</p>
        <Code label={file ?? title}>{code}</Code>
      </Panel>
    </div>
  );
}

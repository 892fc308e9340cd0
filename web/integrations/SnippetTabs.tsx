import { useState } from 'preact/hooks';
import { Code } from '../ui/code';
import { Panel, Tabs } from '../ui/views';
import { integrations as words } from '../words/integrations';
import type { Snippet } from './snippets';

/** One tool at a time: what to do, and what to paste. */
export function SnippetTabs({ label, of }: { label: string; of: readonly Snippet[] }) {
  const [picked, pick] = useState(of[0]?.tool);
  const shown = of.find(({ tool }) => tool === picked) ?? of[0];
  if (!shown) return null;
  const { title, text } = words.tools[shown.tool];
  return (
    <div class="stack">
      <Tabs
        label={label}
        tabs={of.map(({ tool }) => ({ id: tool, text: words.tools[tool].title }))}
        current={shown.tool}
        onPick={(id) => pick(id as Snippet['tool'])}
      />
      <Panel of={shown.tool}>
        <p class="second">{text}</p>
        <Code label={shown.file ?? title}>{shown.code}</Code>
      </Panel>
    </div>
  );
}

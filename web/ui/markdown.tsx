import type { ComponentChildren } from 'preact';
import { parts } from '../text/parts';
import { type Mark, marksOf } from './inline';

/**
 * The Markdown of notes, drawn as elements. Anything that is no supported mark-up stays text, so a note cannot
 * add a script, a style or an image. Links lead to http(s) only.
 */
const MOST_LINES = 2_000;
const MOST_CHARACTERS = 65_536;

const drawnOf = (mark: Mark): ComponentChildren => {
  if (mark.kind === 'code') return <code>{mark.text}</code>;
  if (mark.kind === 'strong') return <strong>{mark.text}</strong>;
  if (mark.kind === 'em') return <em>{mark.text}</em>;
  return mark.kind === 'link' ? <Link href={mark.href}>{mark.text}</Link> : mark.text;
};

const inline = (text: string): ComponentChildren[] => marksOf(text).map(drawnOf);

const Link = ({ href, children }: { href: string; children: string }) => (
  <a href={href} target="_blank" rel="noopener noreferrer nofollow">
    {children}
  </a>
);

type Block =
  | { kind: 'code'; lines: string[] }
  | { kind: 'list'; ordered: boolean; lines: string[] }
  | { kind: 'quote' | 'text' | 'heading'; lines: string[] };

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let fenced: { kind: 'code'; lines: string[] } | null = null;
  let open = false;
  for (const line of lines) {
    if (/^```/.test(line)) {
      if (fenced) blocks.push(fenced);
      fenced = fenced ? null : { kind: 'code', lines: [] };
      open = false;
    } else if (fenced) fenced.lines.push(line);
    else if (line.trim() === '') open = false;
    else {
      const next = blockOf(line);
      const last = blocks.at(-1);
      if (open && last?.kind === next.kind && next.kind !== 'heading') last.lines.push(...next.lines);
      else blocks.push(next);
      open = true;
    }
  }
  if (fenced) blocks.push(fenced);
  return blocks;
}

function blockOf(line: string): Block {
  const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/s.exec(line);
  if (item) return { kind: 'list', ordered: item[1] !== undefined, lines: [item[2] as string] };
  const quoted = /^>\s?(.*)$/s.exec(line);
  if (quoted) return { kind: 'quote', lines: [quoted[1] as string] };
  const heading = /^#{1,6}\s+(.*)$/s.exec(line);
  if (heading) return { kind: 'heading', lines: [heading[1] as string] };
  return { kind: 'text', lines: [line] };
}

function draw(block: Block) {
  if (block.kind === 'code') return <pre class="code">{block.lines.join('\n')}</pre>;
  if (block.kind === 'heading') return <p class="strong">{inline(block.lines[0] as string)}</p>;
  if (block.kind === 'quote') return <blockquote>{inline(block.lines.join(' '))}</blockquote>;
  if (block.kind === 'list') {
    const items = block.lines.map((line) => <li>{inline(line)}</li>);
    return block.ordered ? <ol class="items">{items}</ol> : <ul class="items">{items}</ul>;
  }
  return (
    <p>
      {block.lines.map((line, at) => (
        <>
          {at > 0 && <br />}
          {inline(line)}
        </>
      ))}
    </p>
  );
}

export function Markdown({ text }: { text: string }) {
  const lines = text.slice(0, MOST_CHARACTERS).split(/\r?\n/);
  const isCut = lines.length > MOST_LINES || text.length > MOST_CHARACTERS;
  return (
    <div class="stack tight prose">
      {blocksOf(lines.slice(0, MOST_LINES)).map(draw)}
      {isCut && <p class="muted">{parts.cut(MOST_LINES)}</p>}
    </div>
  );
}

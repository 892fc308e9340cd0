/** The head of a table. `num` aligns a column at the right edge; `quiet` shows its text to screen readers only. */
export interface Column {
  text: string;
  num?: boolean;
  quiet?: boolean;
}

export const Heads = ({ of }: { of: readonly Column[] }) => (
  <thead>
    <tr>
      {of.map(({ text, num, quiet }) => (
        <th key={text} scope="col" class={num ? 'num' : undefined}>
          {quiet ? <span class="sr">{text}</span> : text}
        </th>
      ))}
    </tr>
  </thead>
);

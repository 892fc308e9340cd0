/** A head of columns: `num` stands at the right edge, `quiet` is for readers only. */
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

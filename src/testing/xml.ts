const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text of XML with its entities resolved. */
export const xmlDecoded = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (entity, name: string) => {
    if (!name.startsWith('#')) return NAMED[name] ?? entity;
    return String.fromCodePoint(Number(name[1] === 'x' ? `0${name.slice(1)}` : name.slice(1)));
  });

/** Why a text is no well-formed document; null if it is one. Enough for documents without comments and CDATA. */
export function xmlFault(text: string): string | null {
  const open: string[] = [];
  const rest = text.replace(/^<\?xml[^?]*\?>/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has none but tab and line breaks.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(rest)) return 'a control character';
  for (const [part] of rest.matchAll(/<[^>]*>|[^<]+/g)) {
    if (!part.startsWith('<')) {
      if (/&(?!(#\d+|#x[0-9a-f]+|amp|lt|gt|quot|apos);)/i.test(part)) return 'a bare ampersand';
      if (open.length === 0 && part.trim() !== '') return 'text outside the root';
      continue;
    }
    const tag = /^<(\/?)([A-Za-z]+)((?: [A-Za-z]+="[^"<]*")*)(\/?)>$/.exec(part);
    if (tag === null) return `the tag ${part}`;
    const [, closing, name, attributes = '', empty] = tag as unknown as string[];
    if (/&(?!(#\d+|#x[0-9a-f]+|amp|lt|gt|quot|apos);)/i.test(attributes)) return 'a bare ampersand in an attribute';
    if (closing && open.pop() !== name) return `</${name}> closes another tag`;
    if (!closing && !empty) open.push(name as string);
  }
  return open.length === 0 ? null : `<${open.at(-1)}> is not closed`;
}

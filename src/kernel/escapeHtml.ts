const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes a text for HTML, as content or inside an attribute in quotes. The only HTML escape of the product; it runs in
 * the browser too.
 * @example escapeHtml('a < "b"') === 'a &lt; &quot;b&quot;'
 */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

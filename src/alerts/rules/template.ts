/** Longest name of a label in a template. */
const PLACEHOLDER = /\$(?:\$|\{([^{}]{1,128})\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/**
 * Replaces `$name` and `${any name}` by values; `$$` is a dollar sign. A name without a value is replaced by nothing.
 * @example fill('$env: $message', (name) => values[name] ?? '')
 */
export const fill = (template: string, valueIn: (name: string) => string): string =>
  template.replace(PLACEHOLDER, (all, braced?: string, plain?: string) =>
    all === '$$' ? '$' : valueIn(braced ?? plain ?? ''),
  );

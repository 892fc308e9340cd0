import { escapeHtml } from '../../kernel/escapeHtml';

/** Text that is safe inside HTML: escaped by `html`, or part of its template. */
export interface Html {
  readonly html: string;
}

const safe = (value: Html | string | number | null): string =>
  typeof value === 'object' && value !== null ? value.html : escapeHtml(String(value ?? ''));

/** A template whose values are escaped, unless they are HTML themselves. */
export function html(strings: TemplateStringsArray, ...values: (Html | string | number | null)[]): Html {
  return { html: strings.reduce((text, part, at) => text + safe(values[at - 1] ?? '') + part) };
}

/** A page without scripts, in the style of the others. Its links work `depth` segments below any prefix. */
export const plainPage = (title: string, body: Html, depth = 1): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<title>${title} · Tocsin</title>
<link rel="stylesheet" href="${'../'.repeat(depth)}assets/tocsin.css">
</head>
<body class="gate">
<main>
<p class="brand">Tocsin</p>
${body}
</main>
</body>
</html>
`.html;

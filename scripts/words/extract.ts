import ts from 'typescript';

export type Kind = 'comment' | 'summary' | 'log' | 'problem' | 'screen' | 'test title' | 'document';

/** One line of prose in a file; `line` counts from 1. */
export interface Prose {
  line: number;
  kind: Kind;
  text: string;
}

const SCRIPT = /[.][cm]?[jt]sx?$/;
const TEST = /[.]test[.]tsx?$/;
const SCREEN_TEXTS = /(?:^|\/)web\/(?:words|text)\//;
const LOG_CALL = /(?:^|[.])(?:log|logger|console)[.](?:trace|debug|info|log|warn|error|fatal)$/;
const TEST_CALL = /^(?:test|it|describe)(?:[.]each)?\b/;
/** Comments for tools. */
const FOR_TOOLS = /^(?:biome-ignore|@ts-|@type\b|@jest-|eslint|istanbul|<reference)/;

/** The prose of a file, in the order of its lines; none for unknown kinds of files. */
export function proseOf(path: string, content: string): Prose[] {
  if (path.endsWith('.md')) return proseOfMarkdown(content);
  if (path.endsWith('.sql')) return proseOfSql(content);
  if (SCRIPT.test(path)) return proseOfScript(path, content);
  return [];
}

const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, ' ').trim();

function proseOfMarkdown(content: string): Prose[] {
  let fenced = false;
  return content.split('\n').flatMap((raw, index): Prose[] => {
    const fence = /^\s*(?:```|~~~)/.test(raw);
    if (fence) fenced = !fenced;
    const text = withoutCode(raw.replace(/<[^>]*>/g, ' ').replace(/\]\([^)]*\)/g, ']'));
    return fence || fenced || text === '' ? [] : [{ line: index + 1, kind: 'document', text }];
  });
}

/** Comments from `--` to the end of a line, unless the dashes are inside a quoted string. */
function proseOfSql(content: string): Prose[] {
  return content.split('\n').flatMap((raw, index): Prose[] => {
    const comment = /^(?:[^'-]|'[^']*'|-(?!-))*--(.*)$/.exec(raw)?.[1];
    const text = withoutCode(comment ?? '');
    return text === '' ? [] : [{ line: index + 1, kind: 'comment', text }];
  });
}

function proseOfScript(path: string, content: string): Prose[] {
  const source = ts.createSourceFile(path, content, ts.ScriptTarget.Latest, true, scriptKindOf(path));
  const found = [...commentsOf(source), ...textsOf(source)];
  return found.sort((one, other) => one.line - other.line);
}

function scriptKindOf(path: string): ts.ScriptKind {
  if (/[.][jt]sx$/.test(path)) return ts.ScriptKind.TSX;
  return /[.][cm]?js$/.test(path) ? ts.ScriptKind.JS : ts.ScriptKind.TS;
}

const lineOf = (source: ts.SourceFile, position: number): number =>
  source.getLineAndCharacterOfPosition(position).line + 1;

function commentsOf(source: ts.SourceFile): Prose[] {
  const ranges = new Map<number, ts.CommentRange>();
  const texts: ts.JsxText[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) texts.push(node);
    if (ts.isJsxText(node) || ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    for (const range of children.length > 0 ? [] : rangesAround(node, source.text)) ranges.set(range.pos, range);
    children.forEach(visit);
  };
  visit(source);
  return [...ranges.values()]
    .filter(({ pos }) => !texts.some((text) => pos >= text.pos && pos < text.end))
    .flatMap((range) => linesOfComment(source, range));
}

const rangesAround = (token: ts.Node, text: string): ts.CommentRange[] => [
  ...(ts.getLeadingCommentRanges(text, token.pos) ?? []),
  ...(ts.getTrailingCommentRanges(text, token.end) ?? []),
];

function linesOfComment(source: ts.SourceFile, { pos, end }: ts.CommentRange): Prose[] {
  const first = lineOf(source, pos);
  return source.text
    .slice(pos, end)
    .replace(/\*\/$/, '')
    .split('\n')
    .map((raw) => raw.replace(/^\s*(?:\/\/+|\/\*+|\*)/, '').trim())
    .flatMap((raw, index): Prose[] => {
      const text = withoutCode(raw);
      return text === '' || FOR_TOOLS.test(raw) ? [] : [{ line: first + index, kind: 'comment', text }];
    });
}

/** Texts for users, operators and testers. */
function textsOf(source: ts.SourceFile): Prose[] {
  const { fileName } = source;
  const found: Prose[] = [];
  const take = (kind: Kind, nodes: readonly ts.Node[]): void => {
    for (const node of nodes) for (const piece of stringsIn(node)) found.push(...linesOfString(source, kind, piece));
  };
  const visit = (node: ts.Node): void => {
    const text = textAt(node, source);
    if (text) take(...text);
    else ts.forEachChild(node, visit);
  };
  const visitTests = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TEST_CALL.test(node.expression.getText(source)))
      take('test title', node.arguments.slice(0, 1).filter(isText));
    ts.forEachChild(node, visitTests);
  };
  if (TEST.test(fileName)) visitTests(source);
  else if (SCREEN_TEXTS.test(fileName)) take('screen', source.statements);
  else visit(source);
  return found;
}

const isText = (node: ts.Node): boolean => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

/** The kind of text in a node, and the child nodes with the text; undefined if it has none. */
function textAt(node: ts.Node, source: ts.SourceFile): [Kind, readonly ts.Node[]] | undefined {
  if (ts.isCallExpression(node) && LOG_CALL.test(node.expression.getText(source))) return ['log', node.arguments];
  if (ts.isNewExpression(node)) {
    const thrown = node.expression.getText(source);
    if (thrown === 'Problem') return ['problem', node.arguments?.slice(1) ?? []];
    if (/(?:Error|Trouble)$/.test(thrown)) return ['problem', node.arguments ?? []];
  }
  if (!ts.isPropertyAssignment(node)) return undefined;
  const name = node.name.getText(source);
  if (/^(?:summary|description)$/.test(name)) return ['summary', [node.initializer]];
  return /^(?:detail|message)$/.test(name) ? ['problem', [node.initializer]] : undefined;
}

/** The literal texts below a node, without names of properties and modules. */
function stringsIn(node: ts.Node): ts.LiteralLikeNode[] {
  if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) return [node];
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return [];
  const found: ts.LiteralLikeNode[] = [];
  ts.forEachChild(node, (child) => {
    const isName = ts.isPropertyAssignment(node) && child === node.name;
    if (!isName) found.push(...stringsIn(child));
  });
  return found;
}

function linesOfString(source: ts.SourceFile, kind: Kind, piece: ts.LiteralLikeNode): Prose[] {
  const first = lineOf(source, piece.getStart(source));
  return piece.text
    .split('\n')
    .flatMap((text, index): Prose[] => (/[a-z]/i.test(text) ? [{ line: first + index, kind, text: text.trim() }] : []));
}

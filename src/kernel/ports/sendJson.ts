import type { ServerResponse } from 'node:http';
import { inSlices } from '../async/slices';
import type { Steps } from '../async/steps';
import { LIGHT, lightGroups, weightOf } from './weight';

const CHUNK_CHARACTERS = 64 * 1024;

/**
 * Sends a value as JSON. A large value is written in pieces, so that other requests are served in between. Waits for slow
 * clients and stops if the client disconnects.
 */
export async function sendJson(res: ServerResponse & { json(value: unknown): unknown }, value: unknown): Promise<void> {
  if (weightOf(value, LIGHT) <= LIGHT) return void res.json(value);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const pieces = piecesOf(value);
  for (;;) {
    const chunk = await inSlices(nextChunk(pieces), gone.signal);
    if (chunk === '') break;
    if (!res.write(chunk)) await drained(res);
    if (res.destroyed) return;
  }
  res.end();
}

/** Resolves when a slow client has read enough, or has disconnected. */
const drained = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (res.destroyed) return resolve();
    const done = () => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });

function* nextChunk(pieces: Generator<string, void, void>): Steps<string> {
  const parts: string[] = [];
  let length = 0;
  while (length < CHUNK_CHARACTERS) {
    const piece = pieces.next();
    if (piece.done) break;
    parts.push(piece.value);
    length += piece.value.length;
    yield;
  }
  return parts.join('');
}

/** The text of `JSON.stringify` in pieces. The value must be plain JSON. */
export function* piecesOf(value: unknown): Generator<string, void, void> {
  if (Array.isArray(value)) yield* piecesOfList(value);
  else if (typeof value === 'object' && value !== null && weightOf(value, LIGHT) > LIGHT) yield* piecesOfFields(value);
  else yield JSON.stringify(value) ?? 'null';
}

function* piecesOfList(list: readonly unknown[]): Generator<string, void, void> {
  let before = '[';
  for (const group of lightGroups(list)) {
    yield before;
    if (group.length === 1) yield* piecesOf(group[0]);
    else yield JSON.stringify(group).slice(1, -1);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* piecesOfFields(fields: object): Generator<string, void, void> {
  let before = '{';
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    yield* piecesOf(value);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

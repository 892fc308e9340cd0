/** Asks this server; a refusal is an Error that says what the server said. */
export async function ask(method, path, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const request = answer.request_id ? ` Request ${answer.request_id}.` : '';
  throw Object.assign(new Error(`${answer.detail ?? 'The server did not answer.'}${request}`), {
    status: response.status,
  });
}

/** Shows a fault where a screen reader hears of it; null takes it away. */
export function showFault(message) {
  const banner = document.getElementById('fault');
  banner.textContent = message ?? '';
  banner.hidden = message === null;
}

/** An element with text in it: what comes from the server is never read as HTML. */
export function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

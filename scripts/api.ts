/** URL and API key of a running product. */
export interface Api {
  url: string;
  apiKey: string;
}

/**
 * Sends a request and returns the JSON of the answer. `T` is what the caller expects; it is not checked.
 *
 * @throws Error if the answer is not a success
 */
export async function ask<T = unknown>({ url, apiKey }: Api, method: string, path: string, body?: unknown): Promise<T> {
  const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' };
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

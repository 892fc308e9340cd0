import { isForm, parseForm } from '../../kernel/http/formBody';
import { type ParseBody, parseJsonBody } from '../../kernel/http/listBody';
import type { Endpoint } from '../formats/format';

/**
 * How a body at an endpoint is parsed. JSON is taken under every type, because tools send it under that of a form or of a text.
 * @param contentType the header of the request
 */
export function parserOf({ forms }: Endpoint, contentType: string | undefined): ParseBody {
  if (forms !== undefined && isForm(contentType)) return (bytes) => formOf(forms, contentType, bytes);
  return parseJsonBody;
}

function formOf(forms: true | string, contentType: string | undefined, bytes: Buffer): unknown {
  const json = jsonOf(bytes);
  if (json !== undefined) return json;
  const fields = parseForm(contentType, bytes);
  const whole = forms === true ? undefined : fields[forms];
  return typeof whole === 'string' ? parseJsonBody(Buffer.from(whole)) : fields;
}

/** An object or a list; undefined if the bytes are none. */
function jsonOf(bytes: Buffer): unknown {
  if (!/^\s*[[{]/.test(bytes.toString('utf8', 0, 100))) return undefined;
  try {
    return parseJsonBody(bytes);
  } catch {
    return undefined;
  }
}

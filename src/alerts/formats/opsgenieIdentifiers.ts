import type { FormatRequest, FormatTools } from './format';
import { refuseField } from './opsgenieAnswers';
import { ALIAS_LENGTH } from './opsgenieFields';
import { clip, textOf } from './read';
import type { VendorRecord } from './records';

/** How a request names an alert: by id, alias or tiny id. */

/** The alert that a request names. `key` is null if the name is no alias and no such alert exists. */
export interface Named {
  key: string | null;
  record: VendorRecord | null;
}

const TYPES = ['id', 'alias', 'tiny'];

/** @throws Problem `invalid` for an unknown type of identifier */
export async function namedAlert({ params, query }: FormatRequest, { records }: FormatTools): Promise<Named> {
  const identifier = clip(params['identifier'] ?? '', ALIAS_LENGTH);
  const type = textOf(query['identifierType'])?.toLowerCase() ?? 'id';
  if (!TYPES.includes(type)) return refuseField('identifierType', 'Must be id, alias or tiny');
  if (type === 'tiny') return named(await withTinyId(identifier, records), null);
  if (type === 'alias') return named(await records.withKey(identifier), identifier);
  return named(await withId(identifier, records), null);
}

const named = (record: VendorRecord | null, alias: string | null): Named => ({ key: record?.key ?? alias, record });

/** Apprise and others use the id of their create request as the id of the alert, which for some is the alias as well. */
async function withId(id: string, records: FormatTools['records']): Promise<VendorRecord | null> {
  const record = await records.of(id);
  if (record !== null) return record;
  const request = await records.requestWithId(id);
  if (request?.alertId) return records.of(request.alertId);
  return records.withKey(id);
}

/** Tiny ids are positive whole numbers. */
async function withTinyId(text: string, records: FormatTools['records']): Promise<VendorRecord | null> {
  return /^[1-9]\d{0,14}$/.test(text) ? records.withNumber(Number(text)) : null;
}

import { invalid } from '../../kernel/ports/problem';
import type { SecretBox } from '../../kernel/secretBox';
import type { Mapping } from '../contract';
import { hasMappings, signatureHeaderOf } from '../contract/formats';
import type { Mapper } from '../mapping/mapper';
import { noMappings } from '../mapping/preview';
import type { IntegrationRow, IntegrationSettings } from '../store/integrations';
import { placeOfSecret } from './signature';

/** Settings as they come; absent ones stay as they are. */
type Given = { [K in keyof IntegrationSettings]?: IntegrationSettings[K] | undefined };

export interface StoredSettingsDeps {
  mapper: Pick<Mapper, 'check'>;
  box: SecretBox;
}

/**
 * The settings that an input names, as they are stored: a mapping without expressions is none, and a secret is encrypted.
 * @throws Problem `invalid` that names each expression with an error
 */
export async function storedSettings(
  { mapper, box }: StoredSettingsDeps,
  id: string,
  settings: Given,
): Promise<Partial<IntegrationSettings>> {
  const { signature_secret: secret } = settings;
  const all = {
    ...settings,
    mapping: await checkedMapping(mapper, settings.mapping),
    signature_secret: secret ? box.seal(secret, placeOfSecret(id)) : secret,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function checkedMapping(mapper: StoredSettingsDeps['mapper'], mapping: Mapping | null | undefined) {
  if (mapping === undefined || mapping === null) return mapping;
  if (Object.values(mapping).every((text) => text === undefined)) return null;
  await mapper.check(mapping);
  return mapping;
}

/** @throws Problem `invalid` for a mapping or a secret that the format does not take */
export function requireFit(
  format: IntegrationRow['format'],
  { mapping, signature_secret: secret }: Pick<Given, 'mapping' | 'signature_secret'>,
): void {
  if (mapping && !hasMappings(format)) throw noMappings();
  if (secret && signatureHeaderOf(format) === null) {
    throw invalid([{ path: 'signature_secret', message: 'The tools of this format do not sign their requests' }]);
  }
}

import { type Clock, days } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract } from '../contract';
import { hasMappings } from '../contract/formats';
import type { AlertEvent } from '../formats/format';
import { readJson } from '../formats/json';
import { applySettings } from '../integrations/settings';
import { byIds, type IntegrationRow } from '../store/integrations';
import { sampleOf } from '../store/samples';
import type { Mapper } from './mapper';

/** Days for which the latest payload of an integration is kept. */
export const SAMPLE_DAYS = 30;
const MOST_SHOWN = 20;

export interface PreviewDeps {
  db: Db;
  clock: Clock;
  mapper: Pick<Mapper, 'values'>;
}

export type MappingOperations = Pick<Service<AlertsContract>, 'sample' | 'previewMapping'>;

/** Operations of the editor of mappings. Nothing is stored. */
export function mappingOperations({ db, clock, mapper }: PreviewDeps): MappingOperations {
  /** @throws Problem `not-found` */
  async function integrationOf(text: string): Promise<IntegrationRow> {
    const id = idOf(text);
    const [row] = id === null ? [] : await byIds(db, [id]);
    if (row === undefined) throw new Problem('not-found', 'Integration not found');
    return row;
  }

  const kept = (id: string) => sampleOf(db, id, new Date(clock.now().getTime() - days(SAMPLE_DAYS)));

  return {
    async sample({ id }) {
      const sample = await kept((await integrationOf(id)).id);
      return { sample: sample === undefined ? null : { at: sample.at.toISOString(), payload: sample.payload } };
    },

    async previewMapping({ id, mapping, payload }, caller) {
      const integration = await integrationOf(id);
      if (!hasMappings(integration.format)) throw noMappings();
      const body: unknown = payload ?? JSON.parse((await kept(integration.id))?.payload ?? 'null');
      // One key for all previews, so that they hold one worker at most.
      const mapped = await mapper.values('preview', mapping, body);
      const receivedAt = clock.now();
      const request = { requestId: caller.requestId, receivedAt, params: {}, query: {}, headers: {} };
      const { events } = readJson({ ...request, body, mapped });
      const shown = events.slice(0, MOST_SHOWN).map((event) => applySettings(event, integration, receivedAt));
      return { total: events.length, alerts: shown.map(presentEvent) };
    },
  };
}

/** The refusal of a mapping for a format that reads fields of its own. */
export const noMappings = (): Problem =>
  invalid([{ path: 'mapping', message: 'This format has fields of its own and takes no mapping' }]);

const presentEvent = ({ key, status, report }: AlertEvent) => ({
  ...{ key, status, service: report.service, severity: report.severity, message: report.message },
  description: report.annotations?.['description'] ?? null,
  labels: report.labels,
  links: (report.links ?? []).map(({ href, text }) => ({ href, text: text ?? null })),
  timestamp: typeof report.timestamp === 'string' ? report.timestamp : null,
});

import { type Clock, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { invalid } from '../../kernel/ports/problem';
import type { MappedItem, Mapping } from '../contract/mapping';
import type { Endpoint } from '../formats/format';
import type { IntegrationRow } from '../store/integrations';
import { writeSample } from '../store/samples';
import { type Evaluator, pathOf } from './evaluator';
import { sampleOf } from './sample';

const SAMPLE_EVERY_MS = seconds(10);
const MOST_TRACKED = 10_000;

/** Evaluates the mappings of integrations. */
export interface Mapper {
  /** @throws Problem `invalid` that names every expression with an error, `unavailable` if too many tasks wait */
  check(mapping: Mapping): Promise<void>;
  /**
   * The values of a mapping for a payload; undefined without a mapping.
   * @param key tasks with one key run one after the other
   * @throws Problem as `Evaluator.run`
   */
  values(key: string, mapping: Mapping | null, payload: unknown): Promise<MappedItem[] | undefined>;
  /**
   * Evaluates the integration's mapping before its endpoint reads a request, and keeps the payload as its sample.
   * @throws Problem as `values`
   */
  prepare(integration: IntegrationRow, endpoint: Endpoint, payload: unknown): Promise<MappedItem[] | undefined>;
}

interface Fault {
  field: string;
  message: string;
}

export interface MapperDeps {
  db: Db;
  clock: Clock;
  evaluator: Evaluator;
}

export function createMapper({ db, clock, evaluator }: MapperDeps): Mapper {
  const savedAt = new Map<string, number>();

  /** A failure to keep the sample is ignored, because it serves the page alone. */
  async function keepSample(id: string, payload: unknown): Promise<void> {
    const at = clock.now();
    const due = (savedAt.get(id) ?? Number.NEGATIVE_INFINITY) + SAMPLE_EVERY_MS;
    if (payload === undefined || due > at.getTime()) return;
    if (savedAt.size >= MOST_TRACKED) savedAt.clear();
    savedAt.set(id, at.getTime());
    await writeSample(db, id, { at, payload: sampleOf(payload) }).catch(() => undefined);
  }

  const mapper: Mapper = {
    async check({ split, ...fields }) {
      const faults = (await evaluator.run('check', { check: true, split, fields: given(fields) })) as Fault[];
      if (faults.length > 0) throw invalid(faults.map(({ field, message }) => ({ path: pathOf(field), message })));
    },

    async values(key, mapping, payload) {
      if (mapping === null || payload === undefined || payload === null) return undefined;
      const { split, ...fields } = mapping;
      return (await evaluator.run(key, { split, fields: given(fields), body: payload })) as MappedItem[];
    },

    async prepare({ id, mapping }, endpoint, payload) {
      if (endpoint.mapped !== true) return undefined;
      const kept = keepSample(id, payload);
      try {
        return await mapper.values(id, mapping, payload);
      } finally {
        await kept;
      }
    },
  };
  return mapper;
}

const given = (fields: Omit<Mapping, 'split'>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).flatMap(([field, text]) => (text === undefined ? [] : [[field, text]])));

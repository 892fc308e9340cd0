import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import { idOf } from '../../kernel/ports/values';
import type { Changes } from '../changes/changes';
import { fingerprintOfKey } from '../domain/fingerprint';
import type { FormatTools } from '../formats/format';
import type { alertQueries } from '../search/queries';
import { latestOf, ofIntegration } from '../store/alerts';
import type { IntegrationRow } from '../store/integrations';
import type { Deliver } from './deliver';

export interface FormatToolsDeps {
  db: Db;
  clock: Clock;
  deliver: Deliver;
  changes: Pick<Changes, 'record'>;
  queries: Pick<ReturnType<typeof alertQueries>, 'get'>;
}

/** The tools of an endpoint for one request. */
export type ToolsOf = (integration: IntegrationRow, ids: Pick<Caller, 'requestId' | 'trace'>) => FormatTools;

export const formatTools =
  ({ db, clock, deliver, changes, queries }: FormatToolsDeps): ToolsOf =>
  (integration, ids) => {
    const caller: Caller = { ...ids, actor: integration.name, kind: 'integration', role: null, email: null };
    const sender = { actor: integration.name, integrationId: integration.id };
    const shown = async (id: string | null) => (id === null ? null : queries.get({ alert_id: id }, caller));
    return {
      deliver: (reading) =>
        deliver({
          ...{ integration, ids, endpoint: { read: () => reading } },
          request: { requestId: ids.requestId, receivedAt: clock.now(), params: {}, query: {}, headers: {} },
          body: { rest: undefined, total: null, invalidIndexes: [], slices: noSlices },
        }),
      alertOf: async (key) => shown(await latestOf(db, fingerprintOfKey(sender, key))),
      async alertWithId(text) {
        const id = idOf(text);
        return shown(id === null ? null : await ofIntegration(db, integration.id, id));
      },
      recordChange: (change) => changes.record(change, integration, caller),
    };
  };

async function* noSlices(): AsyncGenerator<never> {}

import { ALERTS_EVENTS } from '../../src/alerts/contract';
import { isAuditable } from '../../src/gateway/audit/auditable';
import { GATEWAY_EVENTS, type Source } from '../../src/gateway/contract';
import { INCIDENT_EVENT_KINDS } from '../../src/incidents/contract';
import { NOTIFY_EVENTS } from '../../src/notify/contract';
import { ONCALL_EVENTS } from '../../src/oncall/contract';
import { admin } from '../text/admin';

/** Compares the actions that the server can record with the sentences of the page. */

const FACTS: Record<Source, readonly string[]> = {
  alerts: ALERTS_EVENTS,
  incidents: INCIDENT_EVENT_KINDS,
  oncall: ONCALL_EVENTS,
  notify: NOTIFY_EVENTS,
  gateway: GATEWAY_EVENTS,
};

/** All actions that are recorded if a person did them. */
const deeds = (Object.entries(FACTS) as [Source, readonly string[]][]).flatMap(([source, kinds]) =>
  kinds.filter((kind) =>
    isAuditable(source, { kind, actor: 'ana', actor_kind: 'user', data: { origin: 'hand', direct: true } }),
  ),
);

test('every kind of action that the server can record has a sentence, and no sentence is unused', () => {
  expect(deeds.length).toBeGreaterThan(40);
  expect(Object.keys(admin.audit.kinds).sort()).toEqual([...deeds].sort());
  const sentences = Object.values(admin.audit.kinds);
  expect(new Set(sentences).size).toBe(sentences.length);
});

import { seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentSuite } from '../../testing/incidentSuite';
import { alertOf, JANE, JOE, machine, openedBy, told } from '../../testing/incidents';

/** The states that messages about an incident show, in the order in which notify gets them. */

const harness = incidentSuite({ every: 'test' });
const jane = someone({ actor: JANE.email, email: JANE.email });
const shown = (id: string) => harness.below.asked.showIncident.filter(({ incident_id }) => incident_id === id);
const join = (message: string) => harness.port.attach({ alerts: [alertOf({ message, service: 'shop' })] }, machine());

async function opened(): Promise<string> {
  const id = await openedBy(harness, alertOf({ service: 'shop' }));
  await harness.drain();
  return id;
}

test('the opening is no change, because its state comes with the first message', async () => {
  expect(shown(await opened())).toEqual([]);
});

test('an acknowledgement and a resolution show who acted and when', async () => {
  const id = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, jane);
  await harness.drain();
  const at = harness.clock.now().toISOString();
  expect(shown(id)).toEqual([
    expect.objectContaining({
      incident: expect.objectContaining({ status: 'acknowledged', by: JANE.name, since: at, changed_at: at }),
    }),
  ]);
  await harness.later(seconds(5));
  await harness.port.update({ id, status: 'resolved' }, machine('environment key 2'));
  await harness.drain();
  const { incident } = shown(id).at(-1) ?? {};
  expect(incident).toMatchObject({ status: 'resolved', by: 'API key 2 of the environment' });
});

test('an incident whose source ended the last alert names the source', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  await harness.drain();
  await harness.port.alertsEnded(
    { alerts: [{ alert_id: alert.id, ended_at: harness.clock.now().toISOString() }] },
    machine(),
  );
  await harness.drain();
  expect(shown(id).at(-1)?.incident).toMatchObject({ status: 'resolved', by: 'its source' });
});

test('changes before the state is sent are one state, the newest', async () => {
  const id = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, jane);
  await harness.port.update({ id, severity: 'low' }, jane);
  await harness.drain();
  expect(shown(id)).toHaveLength(1);
  expect(shown(id)[0]).toMatchObject({ severity: 'low', incident: { status: 'acknowledged' } });
});

test('an escalation names the people of its step', async () => {
  harness.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary'), told({ name: 'ops', email: '' }, 'room')]];
  const id = await opened();
  await harness.port.escalateIncident({ id }, jane);
  await harness.drain();
  expect(shown(id).at(-1)?.incident.escalated_to).toBe(`${JOE.name} (step 2)`);
});

test('alerts that join are gathered for ten seconds', async () => {
  const id = await opened();
  for (const message of ['a', 'b', 'c']) await join(message);
  await harness.drain();
  expect(shown(id)).toEqual([]);
  await harness.later(seconds(10));
  expect(shown(id)).toEqual([
    expect.objectContaining({ incident: expect.objectContaining({ alerts: 4, newest_alert: expect.any(String) }) }),
  ]);
});

test('a state waits while notify is away, and is sent afterwards', async () => {
  const id = await opened();
  harness.below.away = true;
  await harness.port.update({ id, status: 'acknowledged' }, jane);
  await harness.drain();
  expect(shown(id)).toEqual([]);
  harness.below.away = false;
  await harness.later(seconds(5));
  expect(shown(id)).toHaveLength(1);
});

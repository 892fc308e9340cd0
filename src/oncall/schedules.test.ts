import { ada, type OncallRig, oncallRig } from '../testing/oncall';

let rig: OncallRig;
beforeAll(async () => {
  rig = await oncallRig();
});
afterAll(() => rig.database.drop());
test('smoke', async () => {
  const { port } = rig;
  const m = (name: string, role: 'primary' | 'secondary') => ({ name, email: `${name}@example.com`, role });
  const made = await port.createSchedule(
    { team: 'Zahlung ☎', members: [m('Ann', 'primary'), m('Bob', 'primary'), m('Cy', 'secondary')] },
    ada,
  );
  console.log(made, await port.current({ team: 'Zahlung ☎' }, ada));
  console.log(await port.setOverride({ team: 'Zahlung ☎', user_name: 'Zed', user_email: 'zed' }, ada));
  console.log(
    await port.current({ team: 'Zahlung ☎' }, ada),
    await port.listOverrides({}, ada),
    await port.teams({}, ada),
  );
  console.log(await port.responders({ services: ['zahlung ☎', 'x'] }, ada));
  console.log(
    JSON.stringify(
      await port.takeStep(
        {
          key: 'k',
          incident_id: 'i',
          service: 'Zahlung ☎',
          title: 't',
          severity: 'high',
          step: 1,
          round: 0,
          reason: 'opened',
          announce: true,
        },
        ada,
      ),
    ),
  );
  await port.removeOverride({ team: 'Zahlung ☎' }, ada);
  console.log(
    JSON.stringify(
      await port.takeStep(
        {
          key: 'k2',
          incident_id: 'i',
          service: 'Zahlung ☎',
          title: 't',
          severity: 'high',
          step: 2,
          round: 0,
          reason: 'nobody',
          announce: true,
        },
        ada,
      ),
    ),
  );
  console.log(await port.escalateUnknown({ team: 'Zahlung ☎', incident_id: 'u' }, ada));
  console.log(await port.updateSchedule({ team: 'Zahlung ☎', remove_members: ['Ann'] }, ada));
  console.log(JSON.stringify(await port.escalations({}, ada)), await port.history({}, ada), await port.stats({}, ada));
  console.log(await port.setPerson({ email: 'Ann@Example.com', name: 'Ann' }, ada), await port.people({}, ada));
  console.log(
    await port.setService({ service: 'S', team: 'Zahlung ☎' }, ada),
    await port.services({}, ada),
    await port.deleteService({ service: 's' }, ada),
  );
  console.log(
    await port.setTeamRoom({ team: 'Zahlung ☎', room: 'mock:x' }, ada),
    await port.findPerson({ text: 'ann' }, ada),
  );
  rig.clock.advance(40 * 86400000);
  console.log(
    await rig.oncall.drain(),
    await port.deleteSchedule({ team: 'Zahlung ☎' }, ada),
    await port.history({}, ada),
    await rig.registry.metrics(),
  );
});

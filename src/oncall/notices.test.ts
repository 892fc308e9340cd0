import { days, hours, minutes } from '../kernel/clock';
import { enqueue } from '../kernel/jobs';
import { ada, type OncallRig, oncallRig } from '../testing/oncall';
import { LOOK_FOR_GAPS, LOOK_FOR_HANDOFFS } from './service/notices';

/** A Monday at nine; a daily rotation hands over at midnight. */
let rig: OncallRig;
beforeEach(async () => {
  rig = await oncallRig({ handoffNoticeMinutes: 60 });
  const member = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role: 'primary' as const });
  await rig.port.createSchedule({ team: 'web', rotation_type: 'daily', members: [member('Ann'), member('Ben')] }, ada);
});
afterEach(() => rig.database.drop());

const look = () => enqueue(rig.database.db, rig.clock.now(), [LOOK_FOR_HANDOFFS, LOOK_FOR_GAPS]);
const settle = async () => {
  while ((await rig.oncall.drain()) > 0);
};
const pass = async (ms: number) => {
  rig.clock.advance(ms);
  await settle();
};
const said = () => rig.notify.told.map(({ message }) => message).sort();

test('whoever comes on and whoever goes off are told an hour ahead, once', async () => {
  const [on, off] =
    (await rig.port.current({ team: 'web' }, ada)).primary?.name === 'Ann' ? ['Ben', 'Ann'] : ['Ann', 'Ben'];
  await look();
  await settle();
  await pass(hours(14) - 1);
  expect(said()).toEqual([]);
  await pass(1);
  const both = [
    `${off}, you go off call as primary of web at 2026-01-06 00:00 UTC`,
    `${on}, you go on call as primary of web at 2026-01-06 00:00 UTC`,
  ].sort();
  expect(said()).toEqual(both);
  await look();
  await pass(minutes(30));
  expect(said()).toEqual(both);
});

test('an edit is heard of within minutes, and two processes tell it once', async () => {
  await look();
  await settle();
  await rig.port.setOverride({ team: 'web', user_name: 'Zed', user_email: 'zed@example.com', duration_hours: 1 }, ada);
  rig.clock.advance(minutes(5));
  const other = rig.another();
  await Promise.all([rig.oncall.drain(), other.drain()]);
  await settle();
  expect(said().filter((text) => text.startsWith('Zed'))).toEqual([
    'Zed, you go off call as primary of web at 2026-01-05 10:00 UTC',
  ]);
});

test('the room of a team is reminded of a gap ahead, once, and not of one that runs', async () => {
  const primary = { kind: 'schedule' as const, team: 'web', role: 'primary' as const };
  await rig.port.putPolicy({ team: 'web', steps: [{ targets: [primary], wait_minutes: 5 }] }, ada);
  await rig.port.setTeamRoom({ team: 'web', room: 'mock:web-room' }, ada);
  await rig.port.addOverride(
    { team: 'web', kind: 'takeover', starts_at: '2026-01-08T12:00:00Z', ends_at: '2026-01-08T14:00:00Z' },
    ada,
  );
  await look();
  await settle();
  const reminded = () => rig.notify.told.filter(({ to }) => to[0]?.kind === 'room');
  expect(reminded()).toMatchObject([
    {
      message: 'From 2026-01-08 12:00 UTC a page of web reaches nobody',
      to: [{ kind: 'room', address: 'mock:web-room' }],
    },
  ]);
  rig.clock.set('2026-01-08T12:30:00.000Z');
  await settle();
  expect(reminded()).toHaveLength(1);
});

test('a hand-off that was told and is then planned otherwise is taken back, once, and told anew when it is planned again', async () => {
  const slots = [[{ name: 'Dee', email: 'dee@example.com' }]];
  const plan = () =>
    rig.port.putSchedule(
      {
        team: 'web',
        layers: [{ name: 'only', rotation: { unit: 'daily', handoff: '2026-01-05T00:00', slots } }],
        effective_from: '2026-01-05T10:00:00Z',
      },
      ada,
    );
  const ofDee = () => said().filter((text) => text.startsWith('Dee'));
  const goes = 'Dee, you go on call as primary of web at 2026-01-05 10:00 UTC';
  const goesNot = 'Dee, it is no longer so that you go on call as primary of web at 2026-01-05 10:00 UTC';
  const { version } = await plan();
  await look();
  await settle();
  expect(ofDee()).toEqual([goes]);
  await rig.port.withdrawVersion({ team: 'web', version }, ada);
  rig.clock.advance(minutes(5));
  await Promise.all([rig.oncall.drain(), rig.another().drain()]);
  await settle();
  expect(ofDee()).toEqual([goesNot, goes]);
  await pass(minutes(10));
  expect(ofDee()).toEqual([goesNot, goes]);
  await plan();
  await pass(minutes(5));
  expect(ofDee()).toEqual([goesNot, goes, goes]);
});

test('a team may say how long ahead, or not at all; the others are told as the house has it', async () => {
  const member = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role: 'primary' as const });
  for (const [team, on, off] of [
    ['early', 'Eve', 'Eva'],
    ['never', 'Nia', 'Ned'],
  ] as const) {
    await rig.port.createSchedule({ team, rotation_type: 'daily', members: [member(on), member(off)] }, ada);
  }
  await rig.port.setHandoffNotice({ team: 'early', minutes: 14 * 60 }, ada);
  await rig.port.setHandoffNotice({ team: 'never', minutes: 0 }, ada);
  const minutesOf = async () =>
    Object.fromEntries((await rig.port.teams({}, ada)).map((each) => [each.team, each.handoff_notice_minutes]));
  expect(await minutesOf()).toEqual({ web: null, early: 840, never: 0 });
  const teamsTold = () => new Set(said().map((text) => /of (\w+) at/.exec(text)?.[1]));
  await settle();
  await pass(hours(1));
  expect(teamsTold()).toEqual(new Set(['early']));
  await pass(hours(13));
  expect(teamsTold()).toEqual(new Set(['early', 'web']));
  await rig.port.setHandoffNotice({ team: 'early', minutes: null }, ada);
  expect(await minutesOf()).toMatchObject({ early: null });
  await expect(rig.port.setHandoffNotice({ team: 'nowhere', minutes: 5 }, ada)).rejects.toMatchObject({ status: 404 });
  await expect(rig.port.setHandoffNotice({ team: 'web', minutes: 10_081 }, ada)).rejects.toMatchObject({ status: 422 });
});

test('a team that wants notices has them also where the house tells none', async () => {
  const quiet = rig.another({ handoffNoticeMinutes: 0 });
  await look();
  while ((await quiet.drain()) > 0);
  await quiet.port.setHandoffNotice({ team: 'web', minutes: 15 * 60 }, ada);
  while ((await quiet.drain()) > 0);
  expect(said()).toHaveLength(2);
});

test('none are told where the lead time is switched off', async () => {
  const off = rig.another({ handoffNoticeMinutes: 0 });
  await look();
  rig.clock.advance(days(2));
  while ((await off.drain()) > 0);
  expect(rig.notify.told).toEqual([]);
});

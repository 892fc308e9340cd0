import ICAL from 'ical.js';
import { days, hours, minutes } from '../../kernel/clock';
import { enqueue } from '../../kernel/jobs/jobs';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { LOOK_FOR_GAPS, LOOK_FOR_HANDOFFS } from './notices';

/** A Monday at nine; a daily rotation hands over at midnight. */
let harness: OncallHarness;
beforeEach(async () => {
  harness = await oncallHarness({ handoffNoticeMinutes: 60 });
  const member = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role: 'primary' as const });
  await harness.port.createSchedule(
    { team: 'web', rotation_type: 'daily', members: [member('Ann'), member('Ben')] },
    ada,
  );
  await settle();
  harness.notify.told.length = 0;
});
afterEach(() => harness.database.drop());

const look = () => enqueue(harness.database.db, harness.clock.now(), [LOOK_FOR_HANDOFFS, LOOK_FOR_GAPS]);
const settle = async () => {
  while ((await harness.oncall.drain()) > 0);
};
const pass = async (ms: number) => {
  harness.clock.advance(ms);
  await settle();
};
/** Said to a person who comes on call, if nothing fails. */
const ALL_WELL = '\n\nYou are reached by push.';
/** The messages, without how people are reached if nothing is wrong. */
const said = () => harness.notify.told.map(({ message }) => message.replace(ALL_WELL, '')).sort();

test('people who come on or go off call are notified an hour ahead, once', async () => {
  const [on, off] =
    (await harness.port.current({ team: 'web' }, ada)).primary?.name === 'Ann' ? ['Ben', 'Ann'] : ['Ann', 'Ben'];
  await look();
  await settle();
  await pass(hours(14) - 1);
  expect(said()).toEqual([]);
  await pass(1);
  const both = [
    `${off}, you go off call as primary of web at Tue 2026-01-06 00:00 UTC`,
    `${on}, you go on call as primary of web at Tue 2026-01-06 00:00 UTC`,
  ].sort();
  expect(said()).toEqual(both);
  await look();
  await pass(minutes(30));
  expect(said()).toEqual(both);
});

test('the notice to the person who comes on call holds their shift, and its withdrawal cancels it', async () => {
  await look();
  await settle();
  await pass(hours(14));
  const eventOf = (calendar: string | undefined) => {
    const read = new ICAL.Component(ICAL.parse(String(calendar)));
    expect(read.getFirstPropertyValue('method')).toBe('PUBLISH');
    const event = read.getFirstSubcomponent('vevent') as ICAL.Component;
    const value = (name: string) => String(event.getFirstPropertyValue(name));
    return {
      uid: value('uid'),
      sequence: Number(value('sequence')),
      status: value('status'),
      event: new ICAL.Event(event),
    };
  };
  const [off, on] = [' off call ', ' on call '].map((way) =>
    harness.notify.told.find(({ message }) => message.includes(`you go${way}`)),
  );
  expect(off?.calendar).toBeUndefined();
  const { uid, sequence, status, event } = eventOf(on?.calendar);
  expect([status, event.summary]).toEqual(['CONFIRMED', 'On call: web, primary']);
  expect([event.startDate.toString(), event.endDate.toString()]).toEqual([
    '2026-01-06T00:00:00Z',
    '2026-01-07T00:00:00Z',
  ]);
  harness.notify.told.length = 0;
  await harness.port.addOverride(
    { team: 'web', kind: 'takeover', starts_at: '2026-01-06T00:00:00Z', ends_at: '2026-01-06T12:00:00Z' },
    ada,
  );
  await settle();
  await pass(minutes(6));
  const withdrawn = harness.notify.told.find(({ message }) => message.includes('no longer true that you go on call'));
  const later = eventOf(withdrawn?.calendar);
  expect([later.uid, later.status]).toEqual([uid, 'CANCELLED']);
  expect(later.sequence).toBeGreaterThan(sequence);
});

test('an edit is noticed within minutes, and two processes notify once', async () => {
  await look();
  await settle();
  await harness.port.setOverride(
    { team: 'web', user_name: 'Zed', user_email: 'zed@example.com', duration_hours: 1 },
    ada,
  );
  harness.clock.advance(minutes(5));
  const other = harness.another();
  await Promise.all([harness.oncall.drain(), other.drain()]);
  await settle();
  expect(said().filter((text) => text.startsWith('Zed, you go'))).toEqual([
    'Zed, you go off call as primary of web at Mon 2026-01-05 10:00 UTC',
  ]);
});

test('the room of a team is reminded of a gap ahead, once, and not of one that has begun', async () => {
  const primary = { kind: 'schedule' as const, team: 'web', role: 'primary' as const };
  await harness.port.putPolicy({ team: 'web', steps: [{ targets: [primary], wait_minutes: 5 }] }, ada);
  await harness.port.setTeamRoom({ team: 'web', room: 'mock:web-room' }, ada);
  await harness.port.addOverride(
    { team: 'web', kind: 'takeover', starts_at: '2026-01-08T12:00:00Z', ends_at: '2026-01-08T14:00:00Z' },
    ada,
  );
  await look();
  await settle();
  const reminded = () => harness.notify.told.filter(({ to }) => to[0]?.kind === 'room');
  expect(reminded()).toMatchObject([
    {
      message: 'From 2026-01-08 12:00 UTC a page of web reaches no one',
      to: [{ kind: 'room', address: 'mock:web-room' }],
    },
  ]);
  harness.clock.set('2026-01-08T12:30:00.000Z');
  await settle();
  expect(reminded()).toHaveLength(1);
});

test('the notice of a hand-off that changes is withdrawn, once, and sent again if the hand-off is planned again', async () => {
  const slots = [[{ name: 'Dee', email: 'dee@example.com' }]];
  const plan = () =>
    harness.port.putSchedule(
      {
        team: 'web',
        layers: [{ name: 'only', rotation: { unit: 'daily', handoff: '2026-01-05T00:00', slots } }],
        effective_from: '2026-01-05T10:00:00Z',
      },
      ada,
    );
  const ofDee = () => said().filter((text) => text.startsWith('Dee'));
  const goes = 'Dee, you go on call as primary of web at Mon 2026-01-05 10:00 UTC';
  const goesNot = 'Dee, it is no longer true that you go on call as primary of web at Mon 2026-01-05 10:00 UTC';
  const { version } = await plan();
  await look();
  await settle();
  expect(ofDee()).toEqual([goes]);
  await harness.port.withdrawVersion({ team: 'web', version }, ada);
  harness.clock.advance(minutes(5));
  await Promise.all([harness.oncall.drain(), harness.another().drain()]);
  await settle();
  expect(ofDee()).toEqual([goesNot, goes]);
  await pass(minutes(10));
  expect(ofDee()).toEqual([goesNot, goes]);
  await plan();
  await pass(minutes(5));
  expect(ofDee()).toEqual([goesNot, goes, goes]);
});

test('a team may set how long ahead it is notified, or not at all; the others have the default', async () => {
  const member = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role: 'primary' as const });
  for (const [team, on, off] of [
    ['early', 'Eve', 'Eva'],
    ['never', 'Nia', 'Ned'],
  ] as const) {
    await harness.port.createSchedule({ team, rotation_type: 'daily', members: [member(on), member(off)] }, ada);
  }
  await settle();
  harness.notify.told.length = 0;
  await harness.port.setHandoffNotice({ team: 'early', minutes: 14 * 60 }, ada);
  await harness.port.setHandoffNotice({ team: 'never', minutes: 0 }, ada);
  const minutesOf = async () =>
    Object.fromEntries((await harness.port.teams({}, ada)).map((each) => [each.team, each.handoff_notice_minutes]));
  expect(await minutesOf()).toEqual({ web: null, early: 840, never: 0 });
  const teamsTold = () => new Set(said().map((text) => /of (\w+) at/.exec(text)?.[1]));
  await settle();
  await pass(hours(1));
  expect(teamsTold()).toEqual(new Set(['early']));
  await pass(hours(13));
  expect(teamsTold()).toEqual(new Set(['early', 'web']));
  await harness.port.setHandoffNotice({ team: 'early', minutes: null }, ada);
  expect(await minutesOf()).toMatchObject({ early: null });
  await expect(harness.port.setHandoffNotice({ team: 'nowhere', minutes: 5 }, ada)).rejects.toMatchObject({
    status: 404,
  });
  await expect(harness.port.setHandoffNotice({ team: 'web', minutes: 10_081 }, ada)).rejects.toMatchObject({
    status: 422,
  });
});

test('a team with a lead time of its own has notices even if the default is none', async () => {
  const quiet = harness.another({ handoffNoticeMinutes: 0 });
  await look();
  while ((await quiet.drain()) > 0);
  await quiet.port.setHandoffNotice({ team: 'web', minutes: 15 * 60 }, ada);
  while ((await quiet.drain()) > 0);
  expect(said()).toHaveLength(2);
});

test('no notices are sent if the lead time is 0', async () => {
  const off = harness.another({ handoffNoticeMinutes: 0 });
  await look();
  harness.clock.advance(days(2));
  while ((await off.drain()) > 0);
  expect(harness.notify.told).toEqual([]);
});

describe('a change that begins before the next look', () => {
  const ZED = { name: 'Zed', email: 'zed@example.com' };
  const SPAN = { starts_at: '2026-01-05T09:01:00Z', ends_at: '2026-01-05T20:00:00Z' };
  const add = () => harness.port.addOverride({ team: 'web', kind: 'add', role: 'primary', in: ZED, ...SPAN }, ada);
  const goes = 'Zed, you go on call as primary of web at Mon 2026-01-05 09:01 UTC';
  const goesNot = 'Zed, it is no longer true that you go on call as primary of web at Mon 2026-01-05 09:01 UTC';
  const ofZed = () => said().filter((text) => text.startsWith('Zed'));
  beforeEach(async () => {
    await look();
    await settle();
    harness.notify.told.length = 0;
    harness.clock.advance(25_000);
  });

  test('notifies the person of an override when it is planned, once', async () => {
    await add();
    await settle();
    expect(ofZed()).toEqual([goes]);
    for (const ms of [35_000, minutes(5), minutes(5)]) await pass(ms);
    expect(ofZed()).toEqual([goes]);
  });

  test('notifies the person of a restriction that opens, once', async () => {
    const rotation = { unit: 'weekly' as const, handoff: '2026-01-05T00:00', slots: [[ZED]] };
    const layers = [{ name: 'days', rotation, restrictions: [{ from: '09:01', to: '20:00' }] }];
    await harness.port.putSchedule({ team: 'web', layers }, ada);
    await settle();
    await pass(minutes(10));
    expect(ofZed()).toEqual([goes]);
  });

  test('notifies even if the lead time is shorter than the time to the next look', async () => {
    await harness.port.setHandoffNotice({ team: 'web', minutes: 1 }, ada);
    await settle();
    await add();
    await settle();
    expect(ofZed()).toEqual([goes]);
  });

  test('is withdrawn if it is taken back before it begins', async () => {
    const { id } = await add();
    await harness.port.deleteOverride({ id }, ada);
    await settle();
    await pass(minutes(10));
    expect(ofZed()).toEqual([goesNot, goes].sort());
  });

  test('is withdrawn if it is a planned version that is taken back', async () => {
    const rotation = { unit: 'weekly' as const, handoff: '2026-01-05T00:00', slots: [[ZED]] };
    const later = { team: 'web', layers: [{ name: 'days', rotation }], effective_from: SPAN.starts_at };
    const { version } = await harness.port.putSchedule(later, ada);
    await harness.port.withdrawVersion({ team: 'web', version }, ada);
    await settle();
    await pass(minutes(10));
    expect(ofZed()).toEqual([goesNot, goes].sort());
  });

  test('notifies no one of a team without notices', async () => {
    await harness.port.setHandoffNotice({ team: 'web', minutes: 0 }, ada);
    await add();
    await settle();
    await pass(minutes(10));
    expect(ofZed()).toEqual([]);
  });
});

describe('a change that applies at once', () => {
  const SINCE = 'Mon 2026-01-05 09:00 UTC';
  const HOUR = { starts_at: '2026-01-05T09:00:00Z', ends_at: '2026-01-05T10:00:00Z' };
  const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
  const first = async () => (await harness.port.current({ team: 'web' }, ada)).primary?.name as string;
  const since = (name: string, way: 'on' | 'off') => `${name}, you are ${way} call as primary of web since ${SINCE}`;
  const news = async () => {
    await settle();
    return harness.notify.told
      .splice(0)
      .map(({ message }) => message.replace(ALL_WELL, ''))
      .sort();
  };

  test.each<[string, () => Promise<unknown>]>([
    [
      'a takeover',
      () => harness.port.setOverride({ team: 'web', user_name: 'Zed', user_email: 'zed@example.com' }, ada),
    ],
    ['an override', () => harness.port.addOverride({ team: 'web', kind: 'takeover', in: person('Zed'), ...HOUR }, ada)],
    ['other layers', () => harness.port.putSchedule({ team: 'web', layers: [only('Zed')] }, ada)],
    [
      'other members',
      () => harness.port.createSchedule({ team: 'web', members: [{ ...person('Zed'), role: 'primary' }] }, ada),
    ],
  ])('%s notifies the people who come on and go off call, at once and once', async (_what, change) => {
    const was = await first();
    await change();
    expect(await news()).toEqual([since('Zed', 'on'), since(was, 'off')].sort());
    await look();
    await settle();
    harness.clock.advance(minutes(5));
    expect((await news()).filter((text) => text.includes('since'))).toEqual([]);
  });

  test('a removed member is notified, and the next one', async () => {
    const was = await first();
    await harness.port.updateSchedule({ team: 'web', remove_members: [was] }, ada);
    const follows = was === 'Ann' ? 'Ben' : 'Ann';
    expect(await news()).toEqual([since(follows, 'on'), since(was, 'off')].sort());
  });

  test('an override that is withdrawn, ended by hand or moved notifies again', async () => {
    const was = await first();
    const { id } = await harness.port.addOverride({ team: 'web', kind: 'takeover', in: person('Zed'), ...HOUR }, ada);
    await news();
    await harness.port.deleteOverride({ id }, ada);
    expect(await news()).toEqual([since(was, 'on'), since('Zed', 'off')].sort());
    await harness.port.setOverride({ team: 'web', user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    expect(await news()).toEqual([since('Zed', 'on'), since(was, 'off')].sort());
    await harness.port.removeOverride({ team: 'web' }, ada);
    expect(await news()).toEqual([since(was, 'on'), since('Zed', 'off')].sort());
    const span = { starts_at: '2026-01-05T20:00:00Z', ends_at: '2026-01-05T21:00:00Z' };
    const later = await harness.port.addOverride({ team: 'web', kind: 'takeover', in: person('Yan'), ...span }, ada);
    expect(await news()).toEqual([]);
    await harness.port.moveOverride({ id: later.id, ...HOUR }, ada);
    expect(await news()).toEqual([since('Yan', 'on'), since(was, 'off')].sort());
  });

  test('a schedule that is created or deleted notifies the people that come on or go off call', async () => {
    await harness.port.createSchedule(
      {
        team: 'api',
        members: [
          { ...person('Eve'), role: 'secondary' },
          { ...person('Eva'), role: 'primary' },
        ],
      },
      ada,
    );
    const both = (way: string) => [
      `Eva, you are ${way} call as primary of api since ${SINCE}`,
      `Eve, you are ${way} call as secondary of api since ${SINCE}`,
    ];
    expect(await news()).toEqual(both('on'));
    await harness.port.deleteSchedule({ team: 'api' }, ada);
    expect(await news()).toEqual(both('off'));
  });

  test('a person who puts themselves on call is notified too', async () => {
    await harness.port.setOverride({ team: 'web', user_name: 'ada', user_email: 'ada@example.com' }, ada);
    expect(await news()).toContain(since('ada', 'on'));
  });

  test('an edit that leaves all people in place notifies no one, even at the minute of a hand-off', async () => {
    await look();
    harness.clock.set('2026-01-05T23:30:00.000Z');
    expect(await news()).toHaveLength(2);
    harness.clock.set('2026-01-06T00:00:20.000Z');
    await harness.port.updateSchedule({ team: 'web', add_members: [{ ...person('Cyd'), role: 'primary' }] }, ada);
    expect(await news()).toEqual([]);
  });

  test('the notice of a hand-off is not withdrawn if the person is on call already when it comes', async () => {
    await look();
    harness.clock.set('2026-01-05T23:30:00.000Z');
    const [next] = (await news())
      .filter((text) => text.includes('go on call'))
      .map((text) => text.split(',')[0] as string);
    await harness.port.addOverride(
      { team: 'web', kind: 'takeover', in: person(next as string), ends_at: '2026-01-06T02:00:00Z' },
      ada,
    );
    harness.clock.advance(minutes(5));
    expect((await news()).filter((text) => text.includes('no longer'))).toEqual([]);
  });

  test('of several changes in one minute each is notified, and the last message is the current state', async () => {
    const was = await first();
    for (const _ of [1, 2]) {
      await harness.port.setOverride({ team: 'web', user_name: 'Zed', user_email: 'zed@example.com' }, ada);
      expect(await news()).toEqual([since('Zed', 'on'), since(was, 'off')].sort());
      await harness.port.removeOverride({ team: 'web' }, ada);
      harness.clock.advance(1_000);
      expect(await news()).toEqual([since('Zed', 'off'), since(was, 'on')].sort());
    }
  });

  test('two at the same time notify of both', async () => {
    const takeover = (name: string) =>
      harness.port.setOverride({ team: 'web', user_name: name, user_email: `${name.toLowerCase()}@example.com` }, ada);
    await Promise.all([takeover('Yan'), takeover('Zed')]);
    const told = await news();
    const last = await first();
    const other = last === 'Yan' ? 'Zed' : 'Yan';
    expect(told).toEqual(expect.arrayContaining([since(last, 'on'), since(other, 'on'), since(other, 'off')]));
  });

  test('a refused change notifies no one', async () => {
    await expect(
      harness.port.putSchedule({ team: 'web', layers: [only('Zed')], if_match: '"0"' }, ada),
    ).rejects.toThrow();
    expect(await news()).toEqual([]);
  });

  test('a team without notices is not notified of a change either', async () => {
    await harness.port.setHandoffNotice({ team: 'web', minutes: 0 }, ada);
    await harness.port.setOverride({ team: 'web', user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    expect(await news()).toEqual([]);
  });

  const only = (name: string) => ({
    name: 'only',
    rotation: { unit: 'daily' as const, handoff: '2026-01-05T00:00', slots: [[person(name)]] },
  });
});

test('notices are in the zone of the person, else of the schedule, and name it', async () => {
  const slots = ['Cyd', 'Dan'].map((name) => [{ name, email: `${name.toLowerCase()}@example.com` }]);
  await harness.port.setPerson({ email: 'cyd@example.com', name: 'Cyd', time_zone: 'Asia/Tokyo' }, ada);
  await harness.port.setPerson({ email: 'dan@example.com', name: 'Dan' }, ada);
  await harness.port.putSchedule(
    {
      team: 'api',
      time_zone: 'Europe/Paris',
      layers: [{ name: 'one', rotation: { unit: 'daily', handoff: '2026-01-05T11:00', slots } }],
    },
    ada,
  );
  await look();
  await settle();
  const of = (name: string) =>
    said()
      .filter((text) => text.startsWith(name))
      .map((text) => / (at|since) (.*)$/.exec(text)?.[2]);
  expect([of('Cyd'), of('Dan')]).toEqual([
    ['Mon 2026-01-05 19:00 Asia/Tokyo'],
    ['Mon 2026-01-05 10:00 Europe/Paris', 'Mon 2026-01-05 11:00 Europe/Paris'],
  ]);
});

describe('the notice of a shift', () => {
  const onCall = () => said().find((text) => text.includes('you go on call'));
  const comesOn = async () =>
    (await harness.port.current({ team: 'web' }, ada)).primary?.name === 'Ann' ? 'ben@example.com' : 'ann@example.com';

  test('says by which methods the person is reached, and since when one fails', async () => {
    const failing = [
      {
        channel: 'sms' as const,
        title: 'SMS',
        state: 'failing' as const,
        since: '2026-01-02T10:00:00.000Z',
        error: 'x',
      },
    ];
    harness.notify.weak.set(await comesOn(), { ways: 'push, then call after 5 min', failing });
    await look();
    await pass(hours(14));
    expect(onCall()).toMatch(
      /UTC\n\nYou are unreachable by SMS since Fri 2026-01-02 10:00 UTC. You are reached by push, then call after 5 min.$/,
    );
    expect(said().find((text) => text.includes('you go off call'))).not.toContain('reached');
  });

  test('says that pages do not arrive at all', async () => {
    harness.notify.weak.set(await comesOn(), { reachable: false, ways: null });
    await look();
    await pass(hours(14));
    expect(onCall()).toContain('Pages do not reach you at all');
  });
});

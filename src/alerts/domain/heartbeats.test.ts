import fc from 'fast-check';
import { hours, minutes, seconds } from '../../kernel/clock';
import type { HeartbeatSchedule } from '../contract';
import { cronFault, expectedAfter } from './heartbeatSchedule';
import {
  type Beat,
  type Beating,
  beat,
  deadlineOf,
  lookAt,
  NO_PULSE,
  type PingKind,
  type Pulse,
  restart,
  spare,
  stateOf,
} from './heartbeats';

const T0 = new Date('2026-01-05T09:00:00.000Z');
const after = (ms: number): Date => new Date(T0.getTime() + ms);
/** A ping is expected every ten minutes, with a grace of two. */
const EVERY_TEN: HeartbeatSchedule = { period: 600, grace: 120 };
const RID = '00000000-0000-4000-8000-000000000001';

const ping = (kind: PingKind, ms: number, over: Partial<Beat> = {}): Beat => ({
  ...{ kind, at: after(ms), rid: null, detail: null },
  ...over,
});
const pulseOf = (...pings: Beat[]): Pulse => pings.reduce((pulse, each) => beat(pulse, each).pulse, NO_PULSE);
const beating = (pulse: Pulse, over: Partial<Beating> = {}): Beating => ({
  ...{ schedule: EVERY_TEN, paused: false, pulse },
  ...over,
});
const stateAt = (heartbeat: Beating, ms: number) => stateOf(heartbeat, after(ms), deadlineOf(heartbeat));

describe('the state', () => {
  test('is new until the first ping, whatever the time', () => {
    expect(stateAt(beating(NO_PULSE), hours(1_000))).toBe('new');
  });

  test('is up until a ping is due, late during the grace, then down', () => {
    const heartbeat = beating(pulseOf(ping('success', 0)));
    expect([minutes(10) - 1, minutes(10), minutes(12) - 1, minutes(12)].map((ms) => stateAt(heartbeat, ms))).toEqual([
      'up',
      'late',
      'late',
      'down',
    ]);
  });

  test('is started while a run is open, and down if the run does not end within the grace', () => {
    const heartbeat = beating(pulseOf(ping('success', 0), ping('start', minutes(5))));
    expect([minutes(5), minutes(7) - 1, minutes(7)].map((ms) => stateAt(heartbeat, ms))).toEqual([
      'started',
      'started',
      'down',
    ]);
    expect(lookAt(heartbeat, after(minutes(7))).down).toMatchObject({ cause: 'unfinished', since: after(minutes(7)) });
  });

  test('a run that begins late ends the grace no later than the missing ping does', () => {
    const heartbeat = beating(pulseOf(ping('success', 0), ping('start', minutes(11))));
    expect(stateAt(heartbeat, minutes(12))).toBe('down');
  });

  test('a new heartbeat whose first run does not end is down', () => {
    expect(stateAt(beating(pulseOf(ping('start', 0))), minutes(2))).toBe('down');
  });

  test('is down from a failure to the next success, whatever the time', () => {
    const failed = pulseOf(ping('fail', 0, { detail: 'exit code 3' }));
    expect(failed.down).toEqual({ since: T0, cause: 'failed', detail: 'exit code 3' });
    expect([0, hours(1_000)].map((ms) => stateAt(beating(failed), ms))).toEqual(['down', 'down']);
    expect(stateAt(beating(beat(failed, ping('success', minutes(1))).pulse), minutes(1))).toBe('up');
  });

  test('a log or a start does not end a failure', () => {
    const pulse = pulseOf(ping('fail', 0), ping('log', 1), ping('start', 2));
    expect(stateAt(beating(pulse), 3)).toBe('down');
  });

  test('a log does not count as the first ping', () => {
    expect(stateAt(beating(pulseOf(ping('log', 0))), 1)).toBe('new');
  });

  test('is paused in whatever state it was', () => {
    expect(stateAt(beating(pulseOf(ping('fail', 0)), { paused: true }), hours(5))).toBe('paused');
  });

  test('after a pause the next ping is expected from the resume on', () => {
    const resumed = beating(restart(pulseOf(ping('fail', 0)), after(hours(5))));
    expect([hours(5), hours(5) + minutes(12)].map((ms) => stateAt(resumed, ms))).toEqual(['up', 'down']);
    expect(stateAt(beating(restart(NO_PULSE, after(hours(5)))), hours(9))).toBe('new');
  });
});

describe('the run time', () => {
  test('is from the start to the end with the same run id, also of runs at the same time', () => {
    const pulse = pulseOf(ping('start', 0), ping('start', seconds(10), { rid: RID }));
    const ended = beat(pulse, ping('success', seconds(40), { rid: RID }));
    expect([ended.runMs, ended.pulse.runs]).toEqual([seconds(30), [{ rid: null, at: T0 }]]);
  });

  test('is unknown without a start, and a failure counts as an end', () => {
    expect(beat(NO_PULSE, ping('success', 0)).runMs).toBeNull();
    expect(beat(pulseOf(ping('start', 0)), ping('fail', seconds(5))).runMs).toBe(seconds(5));
  });

  test('an end with another run id ends no run, and one without an id ends all', () => {
    const pulse = pulseOf(ping('start', 0, { rid: RID }));
    expect(beat(pulse, ping('success', 1, { rid: RID.replace('1', '2') })).pulse.runs).toHaveLength(1);
    expect(beat(pulse, ping('success', 1)).pulse.runs).toEqual([]);
  });

  test('a success after an overdue run brings the heartbeat up, although that run never ends', () => {
    const overdue = beating(pulseOf(ping('success', 0), ping('start', minutes(1), { rid: RID })));
    const down = { ...overdue, pulse: lookAt(overdue, after(minutes(5))) };
    const up = beating(beat(down.pulse, ping('success', minutes(6), { rid: RID.replace('1', '2') })).pulse);
    expect(stateAt(up, minutes(6))).toBe('up');
  });
});

describe('after an outage of Tocsin', () => {
  const heartbeat = beating(pulseOf(ping('success', 0)));

  test('the grace counts again if the deadline fell into the outage', () => {
    const spared = beating(spare(heartbeat, { from: after(minutes(11)), until: after(hours(1)) }));
    expect([hours(1), hours(1) + minutes(2) - 1, hours(1) + minutes(2)].map((ms) => stateAt(spared, ms))).toEqual([
      'late',
      'late',
      'down',
    ]);
  });

  test('the grace counts again if a ping was due during the outage', () => {
    const spared = beating(spare(heartbeat, { from: after(minutes(9)), until: after(minutes(11)) }));
    expect(deadlineOf(spared)?.downAt).toEqual(after(minutes(13)));
  });

  test('an outage that touches neither changes nothing, so that repeated outages cannot postpone a page for ever', () => {
    const outage = { from: after(minutes(1)), until: after(minutes(9)) };
    expect(spare(heartbeat, outage)).toEqual(heartbeat.pulse);
    const spared = beating(spare(heartbeat, { from: after(minutes(9)), until: after(minutes(11)) }));
    expect(spare(spared, { from: after(minutes(11.5)), until: after(minutes(12.5)) })).toEqual(spared.pulse);
  });

  test('the next success forgets the outage', () => {
    const spared = spare(heartbeat, { from: after(minutes(9)), until: after(minutes(11)) });
    expect(beat(spared, ping('success', minutes(12))).pulse.outage).toBeNull();
  });
});

describe('a cron schedule', () => {
  const berlin = (cron: string): HeartbeatSchedule => ({ cron, time_zone: 'Europe/Berlin', grace: 3_600 });
  const next = (cron: string, from: string) => expectedAfter(berlin(cron), new Date(from))?.toISOString();

  test('is read in its time zone, in winter and in summer', () => {
    expect(next('0 3 * * *', '2026-01-05T09:00:00Z')).toBe('2026-01-06T02:00:00.000Z');
    expect(next('0 3 * * *', '2026-07-05T09:00:00Z')).toBe('2026-07-06T01:00:00.000Z');
  });

  test('a local time that the change to summer time skips runs within the hour after the change', () => {
    const at = next('30 2 * * *', '2026-03-28T12:00:00Z') as string;
    expect(at >= '2026-03-29T01:00:00.000Z' && at <= '2026-03-29T02:00:00.000Z').toBe(true);
  });

  test('a local time that comes twice runs once', () => {
    const first = next('30 2 * * *', '2026-10-24T12:00:00Z') as string;
    expect(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']).toContain(first);
    expect(next('30 2 * * *', first)).toBe('2026-10-26T01:30:00.000Z');
  });

  test('a leap day is found, and an expression without a run is refused', () => {
    expect(next('0 0 29 2 *', '2026-01-05T09:00:00Z')).toBe('2028-02-28T23:00:00.000Z');
    expect(cronFault('0 0 30 2 *', 'Europe/Berlin', T0)).toBe('Has no run within eight years');
  });

  test.each(['', '* * * *', '* * * * * *', '61 * * * *', 'every day', '@often', '0 3 * * MON#9'])(
    'the expression %j is refused',
    (cron) => {
      expect(cronFault(cron, 'Europe/Berlin', T0)).not.toBeNull();
    },
  );

  test.each(['0 3 * * *', '*/5 * * * *', '0 3 * * MON-FRI', '0 0 1 JAN *', '@daily'])(
    'the expression %j is accepted',
    (cron) => {
      expect(cronFault(cron, 'Europe/Berlin', T0)).toBeNull();
    },
  );
});

describe('properties', () => {
  const CRONS = ['* * * * *', '*/7 * * * *', '30 2 * * *', '0 3 * * SUN', '15 1,2,3 * * *', '0 0 1 * *'];
  const ZONES = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
  ];
  const grace = fc.integer({ min: 30, max: 86_400 });
  const schedules: fc.Arbitrary<HeartbeatSchedule> = fc.oneof(
    fc.record({ period: fc.integer({ min: 30, max: 31_622_400 }), grace }),
    fc.record({ cron: fc.constantFrom(...CRONS), time_zone: fc.constantFrom(...ZONES), grace }),
  );
  const kinds = fc.constantFrom<PingKind>('success', 'start', 'fail', 'log');
  const rids = fc.constantFrom(null, RID, RID.replace('1', '2'));
  /** Pings in order of time within a year that has both clock changes of every zone. */
  const pings = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 31_536_000_000 }), kinds, rids), { maxLength: 30 })
    .map((all) => all.sort(([a], [b]) => a - b).map(([ms, kind, rid]) => ping(kind, ms, { rid })));

  test('a ping is always expected after the one before, and no run of a cron expression is left out', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 0, max: 31_536_000_000 }), (schedule, ms) => {
        const from = after(ms);
        const expected = expectedAfter(schedule, from) as Date;
        expect(expected > from).toBe(true);
        // From any instant before it, the same run is the next one.
        const between = new Date(from.getTime() + Math.floor((expected.getTime() - from.getTime()) / 2));
        if ('cron' in schedule) expect(expectedAfter(schedule, between)).toEqual(expected);
      }),
    );
  });

  test('the grace is between the due time and the deadline, and the states follow in order', () => {
    fc.assert(
      fc.property(schedules, pings, (schedule, all) => {
        const heartbeat = beating(pulseOf(...all), { schedule });
        const deadline = deadlineOf(heartbeat);
        if (deadline === null) return;
        expect(deadline.downAt.getTime() - deadline.dueAt.getTime()).toBe(schedule.grace * 1_000);
        const stateIn = (at: number) => stateOf(heartbeat, new Date(at), deadline);
        expect(stateIn(deadline.downAt.getTime())).toBe('down');
        expect(['late', 'started']).toContain(stateIn(deadline.downAt.getTime() - 1));
        expect(['up', 'started']).toContain(stateIn(deadline.dueAt.getTime() - 1));
      }),
    );
  });

  test('after a success without an id a heartbeat is up, whatever happened before', () => {
    fc.assert(
      fc.property(schedules, pings, (schedule, all) => {
        const at = 31_536_000_001;
        const pulse = pulseOf(...all, ping('success', at));
        expect(stateAt(beating(pulse, { schedule }), at)).toBe('up');
      }),
    );
  });

  test('an outage never makes the deadline earlier, and postpones it at most to its end and the grace', () => {
    fc.assert(
      fc.property(schedules, pings, fc.nat(31_536_000_000), fc.nat(864_000_000), (schedule, all, from, length) => {
        const heartbeat = beating(pulseOf(...all), { schedule });
        const before = deadlineOf(heartbeat);
        const outage = { from: after(from), until: after(from + length) };
        const then = deadlineOf({ ...heartbeat, pulse: spare(heartbeat, outage) });
        if (before === null) return expect(then).toBeNull();
        const latest = Math.max(before.downAt.getTime(), outage.until.getTime() + schedule.grace * 1_000);
        expect(then?.downAt.getTime()).toBeGreaterThanOrEqual(before.downAt.getTime());
        expect(then?.downAt.getTime()).toBeLessThanOrEqual(latest);
      }),
    );
  });
});

import fc from 'fast-check';
import {
  announcement,
  answerGiven,
  type CallState,
  type CallStep,
  callBegins,
  callReceipt,
  keyPressed,
  stateIn,
  stateText,
} from './voiceCall';

const START: CallState = { text: 'checkout is down', code: '4', round: 0 };
const begun = () => (callBegins(START) as Extract<CallStep, { kind: 'ask' }>).next;
const spoken = (step: CallStep) => (step.kind === 'answer' ? '' : step.say.join(' '));

test('begins with the message, spoken twice, and the keys', () => {
  const step = callBegins(START);
  expect(step.kind).toBe('ask');
  expect(spoken(step).match(/checkout is down/g)).toHaveLength(2);
  expect(spoken(step)).toContain('Press 4 to acknowledge. Press 6 to resolve. Press 0 to hear this again.');
});

test('silence ends the call and acknowledges nothing', () => {
  expect(callBegins(START)).toMatchObject({ otherwise: [expect.stringContaining('not acknowledged')] });
});

test.each([
  ['4', 'acknowledge'],
  ['6', 'resolve'],
])('key %s answers: %s', (key, action) => {
  expect(keyPressed(begun(), key)).toEqual({ kind: 'answer', action });
});

test('key 0 repeats the message and waits for a key again', () => {
  const step = keyPressed(begun(), '0');
  expect(step).toMatchObject({ kind: 'ask', next: { text: 'checkout is down', code: '4', round: 2 } });
  expect(spoken(step)).toContain('checkout is down');
});

test.each(['', '1', '9', '#', '*', '44', '4#', 'four'])(
  'key %j is refused, and the call waits for another key',
  (key) => {
    const step = keyPressed(begun(), key);
    expect(step.kind).toBe('ask');
    expect(spoken(step)).toContain('no meaning');
  },
);

test('voice mail never answers, whatever key it seems to press', () => {
  for (const key of ['4', '6', '0', '1', '']) expect(keyPressed(begun(), key, true)).toEqual({ kind: 'end', say: [] });
});

test('the answer ends the call with its result', () => {
  expect(answerGiven(begun(), ['Already acknowledged by Ana.'], false)).toEqual({
    kind: 'end',
    say: ['Already acknowledged by Ana.', 'Goodbye.'],
  });
});

test('an answer that could not be carried out can be given again', () => {
  const step = answerGiven(begun(), ['This did not work.'], true);
  expect(step).toMatchObject({ kind: 'ask', next: { round: 2 } });
});

test('an announcement speaks its text twice and asks for nothing', () => {
  const step = announcement('Your code is 1, 2, 3.');
  expect(step.kind).toBe('end');
  expect(spoken(step).match(/1, 2, 3/g)).toHaveLength(2);
});

test('every call ends, and only 4 and 6 answer', () => {
  const key = fc.constantFrom('0', '1', '4', '6', '9', '', '#');
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { minLength: 20, maxLength: 40 }), (keys) => {
      let step = callBegins(START);
      for (const [pressed, fails] of keys) {
        if (step.kind !== 'ask') break;
        const { next } = step;
        step = keyPressed(next, pressed);
        expect(step.kind === 'answer').toBe(pressed === '4' || pressed === '6');
        if (step.kind === 'answer') step = answerGiven(next, ['Done.'], fails);
      }
      expect(step.kind).toBe('end');
    }),
  );
});

test('the state survives the way through a URL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 0, max: 6 }), (text, round) => {
      const state = { text: text.toWellFormed(), code: '17', round };
      expect(stateText(state)).toMatch(/^[\w-]*$/);
      expect(stateIn(stateText(state))).toEqual(state);
    }),
  );
});

test.each([
  '',
  'x',
  '!!',
  stateText({ text: 't', code: '4x', round: 0 }),
  stateText({ text: 't', code: '4', round: 99 }),
])('no state is read from %j', (text) => {
  expect(stateIn(text)).toBeNull();
});

describe('a status', () => {
  const receipt = (CallStatus: string, more: Record<string, string> = {}) =>
    callReceipt('a', new URLSearchParams({ CallStatus, ...more }));

  test.each(['queued', 'initiated', 'ringing', 'in-progress', 'answered', 'completed'])(
    '%s is no proof that the person got it',
    (status) => {
      expect(receipt(status)).toEqual({ attempt: 'a', state: 'sent', reason: null, permanent: false });
    },
  );

  test.each([
    ['busy', 'busy'],
    ['no-answer', 'no answer'],
    ['canceled', 'canceled'],
    ['failed', 'failed'],
  ])('%s is a call that did not arrive', (status, reason) => {
    expect(receipt(status)).toEqual({ attempt: 'a', state: 'undelivered', reason, permanent: false });
  });

  test('failed for a number that exists nowhere cannot be helped', () => {
    expect(receipt('failed', { SipResponseCode: '404' })).toMatchObject({ permanent: true });
    expect(receipt('failed', { SipResponseCode: '503' })).toMatchObject({ permanent: false });
    expect(receipt('failed', { ErrorCode: '21211' })).toMatchObject({ permanent: true });
  });

  test('completed is no delivery if voice mail took the call', () => {
    for (const AnsweredBy of ['machine_start', 'machine_end_beep', 'fax'])
      expect(receipt('completed', { AnsweredBy })).toMatchObject({ state: 'undelivered' });
    expect(receipt('completed', { AnsweredBy: 'human' })).toMatchObject({ state: 'sent' });
  });

  test('unknown to us is ignored', () => {
    expect(receipt('teleported')).toBeNull();
  });
});

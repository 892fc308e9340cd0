import { readReply } from './smsReply';

const codes = (...given: (string | null)[]) => given.map((code) => ({ code }));

test.each([
  ['4', 'acknowledge', codes('4')],
  [' 4 \n', 'acknowledge', codes('4')],
  ['ack 4', 'acknowledge', codes('4')],
  ['ACK4', 'acknowledge', codes('4')],
  ['Ack 4.', 'acknowledge', codes('4')],
  ['“ack 4”', 'acknowledge', codes('4')],
  ["'4 a'", 'acknowledge', codes('4')],
  ['4ack', 'acknowledge', codes('4')],
  ['ack #4', 'acknowledge', codes('4')],
  ['acknowledge', 'acknowledge', codes(null)],
  ['4', 'acknowledge', codes('4')],
  ['resolve 4', 'resolve', codes('4')],
  ['close 12', 'resolve', codes('12')],
  ['r', 'resolve', codes(null)],
  ['resolve 4, 5 6', 'resolve', codes('4', '5', '6')],
  ['4 4', 'acknowledge', codes('4')],
  ['escalate 4', 'escalate', codes('4')],
  ['all', 'acknowledge', [{ all: true }]],
  ['All!', 'acknowledge', [{ all: true }]],
  ['resolve all', 'resolve', [{ all: true }]],
])('%j answers by %s', (body, action, targets) => {
  expect(readReply(body)).toEqual({ kind: 'answers', action, targets });
});

test.each(['STOP', 'stop', 'Stop.', 'STOPALL', 'unsubscribe', 'cancel', 'END', 'quit', 'opt out'])(
  '%j refuses further messages',
  (body) => {
    expect(readReply(body)).toEqual({ kind: 'consent', given: false });
  },
);

test.each(['START', 'unstop', 'Yes'])('%j allows messages again', (body) => {
  expect(readReply(body)).toEqual({ kind: 'consent', given: true });
});

test.each(['help', 'INFO', '?'])('%j asks for help', (body) => {
  expect(readReply(body)).toEqual({ kind: 'help' });
});

test.each([
  '',
  '   ',
  '!!',
  'I am on a train',
  'stop 4',
  'ack resolve 4',
  'all 4',
  'ack ack-4 now please',
  '1234567',
  '4155552671',
  'don’t ack 4',
  '-',
  'ack '.repeat(1_000),
  '1 2 3 4 5 6 7 8 9 10 11',
  '\u0000',
])('%j acts on nothing', (body) => {
  expect(readReply(body)).toEqual({ kind: 'unknown' });
});

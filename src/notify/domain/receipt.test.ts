import fc from 'fast-check';
import { type NOTIFICATION_STATUSES, RECEIPT_STATES } from '../contract';
import { afterReceipt, type ReceiptOf } from './receipt';

type Status = (typeof NOTIFICATION_STATUSES)[number];
type State = ReceiptOf['state'];
const after = (status: Status, state: State, attempt = 1, latest = 1) =>
  afterReceipt(status, { state, attempt, latest });

test.each<[Status, State, State | null]>([
  ['queued', 'sent', 'sent'],
  ['queued', 'delivered', 'delivered'],
  ['queued', 'undelivered', 'undelivered'],
  ['sent', 'delivered', 'delivered'],
  ['sent', 'undelivered', 'undelivered'],
  ['undelivered', 'delivered', 'delivered'],
  ['delivered', 'undelivered', null],
  ['delivered', 'sent', null],
  ['undelivered', 'sent', null],
  ['cancelled', 'delivered', 'delivered'],
  ['cancelled', 'undelivered', null],
  ['failed', 'sent', 'sent'],
  ['failed', 'undelivered', null],
  ['recorded', 'delivered', null],
])('a notification that is %s and gets the receipt %s becomes %s', (status, state, expected) => {
  expect(after(status, state)).toBe(expected);
});

test('a report that an earlier attempt did not arrive changes nothing, but that it arrived counts', () => {
  expect(after('queued', 'undelivered', 1, 2)).toBeNull();
  expect(after('sent', 'undelivered', 1, 2)).toBeNull();
  expect(after('sent', 'delivered', 1, 2)).toBe('delivered');
});

test('whatever order receipts come in, also twice, a message that arrived ends as delivered', () => {
  const receipts = fc.array(fc.constantFrom(...RECEIPT_STATES), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom<Status>('queued', 'sent'), receipts, (start, states) => {
      const end = states.reduce<Status>((status, state) => after(status, state) ?? status, start);
      if (states.includes('delivered')) expect(end).toBe('delivered');
      else if (states.includes('undelivered')) expect(end).toBe('undelivered');
      else expect(end).toBe(states.includes('sent') ? 'sent' : start);
    }),
  );
});

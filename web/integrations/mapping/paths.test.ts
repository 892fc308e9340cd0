import { chosen, expressionOf, mappingOf } from './paths';

test.each([
  [['event', 'title'], 'event.title'],
  [['tags', 0], 'tags[0]'],
  [['event-id'], '`event-id`'],
  [['a b', 'and', '9'], '`a b`.`and`.`9`'],
  [[], '$'],
  [[0, 'title'], '$[0].title'],
])('%j is written as %s', (path, text) => {
  expect(expressionOf(path)).toBe(text);
});

test('a name with a backtick cannot be written, so nothing changes', () => {
  expect(expressionOf(['a`b'])).toBeNull();
  const draft = { message: 'title' };
  expect(chosen(draft, 'key', ['a`b'], 'x')).toBe(draft);
});

test('a value in a list of objects splits the payload, and values around it are read from the whole', () => {
  const first = chosen({}, 'message', ['data', 'alerts', 1, 'title'], 'Disk is full');
  expect(first).toEqual({ split: 'data.alerts', message: 'title' });
  const second = chosen(first, 'service', ['team'], 'ledger');
  expect(second).toEqual({ ...first, service: '$payload.team' });
  expect(chosen(second, 'key', ['data', 'alerts', 0, 'ids', 0], 7)).toEqual({ ...second, key: 'ids[0]' });
});

test('a text of a list is a part of the alert', () => {
  expect(chosen({}, 'message', ['tags', 0], 'disk')).toEqual({ message: 'tags[0]' });
});

test('each item of a payload that is a list is an alert', () => {
  expect(chosen({}, 'message', [3, 'title'], 'Disk is full')).toEqual({ message: 'title' });
});

test('labels are collected, and an object replaces them', () => {
  const one = chosen({}, 'labels', ['where', 'host'], 'db1');
  expect(one).toEqual({ labels: '{ "host": where.host }' });
  expect(chosen(one, 'labels', ['region'], 'eu')).toEqual({ labels: '{ "host": where.host, "region": region }' });
  expect(chosen(one, 'labels', ['where'], {})).toEqual({ labels: 'where' });
});

test('a draft without expressions is no mapping', () => {
  expect(mappingOf({ message: ' ' })).toBeNull();
  expect(mappingOf({ message: 'title', key: '' })).toEqual({ message: 'title' });
});

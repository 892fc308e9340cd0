import { oneAlert } from './oneAlert';

test('an alert stays within the limits of the intake', () => {
  const long = 'é'.repeat(5_000);
  const { report } = oneAlert({
    ...{ source: 'x', key: 'k', status: 'firing', service: long, message: long },
    labels: { a: long, b: { toString: 1 } },
    link: { href: 'javascript:alert(1)', text: 'x' },
  });
  expect([report.service.length, report.message.length]).toEqual([255, 2_000]);
  expect(report.labels).toMatchObject({ b: '{"toString":1}' });
  expect(report).not.toHaveProperty('links');
});

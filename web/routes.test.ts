import { ownLinks, ROUTES } from './routes';

const own = ownLinks(Object.values(ROUTES));

test.each([
  '/',
  '/incidents',
  '/incidents?status=open',
  '/incidents/4f1c',
  '/oncall/web%20shop/policy',
  '/alerts/1#top',
])('%s is followed without a reload', (href) => expect(own.test(href)).toBe(true));

test.each(['/docs', '/docs.html', '/api/v1/analytics/incidents?format=csv', '/incidents/1/2', 'https://example.com/'])(
  '%s is left to the browser',
  (href) => expect(own.test(href)).toBe(false),
);

import { configOf } from '../testing/config';
import { banner } from './banner';

describe('the greeting of a first start', () => {
  test('holds the way in and a line that sends an alert', () => {
    const text = banner(configOf({}), { setupUrl: 'http://localhost:8080/setup?token=t', apiKey: 'k' });
    expect(text).toContain('http://localhost:8080/setup?token=t');
    expect(text).toContain("X-API-Key: k'");
    expect(text).toContain('/api/v1/alerts');
  });

  test('shows no secret of the environment', () => {
    expect(banner(configOf({ API_KEYS: 'very-secret-indeed', HOST: '0.0.0.0' }), null)).not.toContain(
      'very-secret-indeed',
    );
  });
});

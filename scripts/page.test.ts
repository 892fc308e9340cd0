import { sourcesOfPage } from './page';

test('the page is built again after a change in web/ or in a contract, not after a change in a test', () => {
  const sources = sourcesOfPage();
  expect(sources).toContain('web/main.tsx');
  expect(sources).toContain('web/ui/tokens.css');
  expect(sources).toContain('src/notify/contract.ts');
  expect(sources.filter((file) => /[.]test[.]tsx?$/.test(file))).toEqual([]);
  expect(sources).not.toContain('src/main.ts');
});

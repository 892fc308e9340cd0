/** @jest-environment @happy-dom/jest-environment */
import { act } from 'preact/test-utils';
import { Problem } from '../src/kernel/ports/problem';
import { closePage, type ShownPage, showPage } from './testing/page';
import { useQuery } from './useQuery';

let page: ShownPage;
let answers: (() => string)[];
const tooMany = () => {
  throw new Problem('too-many', 'Rate limit exceeded. Try again later.', { retry_after_seconds: 7 });
};

function Question() {
  const { value, problem, again } = useQuery('the question', async () => (answers.shift() as () => string)());
  return (
    <button type="button" onClick={() => void again()}>
      {value ?? problem?.detail}
    </button>
  );
}

afterEach(() => {
  closePage();
  jest.useRealTimers();
});

const passing = (ms: number) => act(() => jest.advanceTimersByTimeAsync(ms));

test('429: retries after Retry-After and keeps showing the old data', async () => {
  answers = [() => 'first', tooMany, () => 'second'];
  page = await showPage(<Question />, {});
  expect(page.root.textContent).toBe('first');
  jest.useFakeTimers();
  page.root.querySelector('button')?.click();
  await passing(6_900);
  expect([page.root.textContent, answers.length]).toEqual(['first', 1]);
  await passing(200);
  expect(page.root.textContent).toBe('second');
});

test('429 without data: shows the problem until an answer arrives', async () => {
  answers = [tooMany, tooMany, () => 'first'];
  page = await showPage(<Question />, {});
  jest.useFakeTimers();
  await act(() => page.root.querySelector('button')?.click());
  expect(page.root.textContent).toBe('Rate limit exceeded. Try again later.');
  await passing(7_100);
  expect(page.root.textContent).toBe('first');
});

/** @jest-environment @happy-dom/jest-environment */
import { showPage } from '../testing/page';
import { Person, tintOf } from './marks';

test('a person has one colour in a face and in a calendar, in any spelling and company', async () => {
  const names = ['Ana', 'ANA', ' ana', 'Ben', 'Chris', 'Dora', 'Eve', 'Finn', 'Gus'];
  const page = await showPage(
    names.map((name) => <Person key={name} name={name} />),
    {},
  );
  const shown = [...page.root.querySelectorAll('.face')].map((face) => face.className.replace('face ', ''));
  expect(shown).toEqual(names.map(tintOf));
  expect(new Set(shown.slice(0, 3)).size).toBe(1);
  page.close();
});

/** @jest-environment @happy-dom/jest-environment */
import { showPage } from '../testing/page';
import { Face, Person, tintOf } from './icons';
import { identityOf, learnPeople } from './identity';

test('a person has the same colour in a face and in a calendar, whatever the spelling of the name', async () => {
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

describe('the colour of a person', () => {
  const spellings = ['dora', 'Dora Lind', 'dora@example.com', ' DORA@example.com'];

  test('is the same for user name, full name and address, once they are known to belong to one person', () => {
    learnPeople([
      { name: 'Dora Lind', email: 'dora@example.com' },
      { name: 'dora', email: 'Dora@Example.com' },
    ]);
    expect(new Set(spellings.map(identityOf))).toEqual(new Set(['dora@example.com']));
    expect(new Set(spellings.map(tintOf)).size).toBe(1);
  });

  test('changes on the screen when a name is learned', async () => {
    const people = Array.from({ length: 12 }, (_, n) => ({ name: `Person ${n}`, email: `p${n}@example.com` }));
    const page = await showPage(
      people.map(({ name, email }) => [<Face key={name} name={name} />, <Face key={email} name={email} />]),
      {},
    );
    const pairs = () => {
      const tints = [...page.root.querySelectorAll('.face')].map((face) => face.className);
      return people.map((_, n) => tints[2 * n] === tints[2 * n + 1]);
    };
    expect(pairs()).toContain(false);
    await page.doing(() => learnPeople(people));
    expect(pairs()).not.toContain(false);
    page.close();
  });

  test('follows the address, if there is one, and not the name', async () => {
    const page = await showPage(
      <>
        <Person name="Ada" email="ada@example.com" />
        <Person name="Countess" email="ada@example.com" />
      </>,
      {},
    );
    const [ada, countess] = [...page.root.querySelectorAll('.face')].map((face) => face.className);
    expect(ada).toBe(countess);
    page.close();
  });

  test('follows the text if two people share the name, or if the person is unknown', () => {
    learnPeople([
      { name: 'Kim', email: 'kim.a@example.com' },
      { name: 'Kim', email: 'kim.b@example.com' },
      { name: 'No Address', email: null },
    ]);
    expect(identityOf('Kim')).toBe('kim');
    expect(identityOf('No Address')).toBe('no address');
    learnPeople([{ name: 'Kim', email: 'kim.a@example.com' }]);
    expect(identityOf('Kim')).toBe('kim');
  });
});

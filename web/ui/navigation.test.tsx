/** @jest-environment @happy-dom/jest-environment */
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { useKeyboard, useKeys } from '../shell/keys';
import { Chip, Search } from './navigation';

/** The controls that filter a view: what they report, and what they show when the new value arrives. */

let root: HTMLElement;
const show = (node: preact.ComponentChild) => act(() => render(node, root));
beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

describe('a search', () => {
  const reported: string[] = [];
  const search = (value: string) => (
    <Search label="Search" hint="" value={value} onInput={(text) => reported.push(text)} />
  );
  const input = () => root.querySelector('input') as HTMLInputElement;
  const type = (text: string) =>
    act(() => {
      input().value = text;
      input().dispatchEvent(new Event('input', { bubbles: true }));
    });

  test('keeps the typed text although an older text is drawn meanwhile', async () => {
    await show(search(''));
    await type('di');
    await show(search(''));
    expect(input().value).toBe('di');
    await type('dis');
    await show(search('di'));
    expect(input().value).toBe('dis');
  });

  test('is emptied when the view is reset', async () => {
    await show(search(''));
    await type('disk');
    await show(search('disk'));
    await show(search(''));
    expect(input().value).toBe('');
  });
});

describe('a filter', () => {
  const CHOICES = ['search', 'storage'].map((value) => ({ value, text: value }));
  const chip = (set: string | null, onPick: (value: string | null) => void = () => {}) => (
    <Chip name="Service" set={set} choices={CHOICES} onPick={onPick} />
  );
  const select = () => root.querySelector('select') as HTMLSelectElement;
  const pick = (value: string) =>
    act(() => {
      select().focus();
      select().value = value;
      select().dispatchEvent(new Event('change', { bubbles: true }));
    });

  test('keeps the focus when it is set, and when it is removed again', async () => {
    await show(chip(null));
    await pick('search');
    await show(chip('search'));
    expect(document.activeElement).toBe(root.querySelector('button'));
    await act(() => (document.activeElement as HTMLElement).click());
    await show(chip(null));
    expect(document.activeElement).toBe(select());
  });

  test('that is set by its first letter does not trigger keys of the page with the other letters', async () => {
    const acted: string[] = [];
    function Page({ set }: { set: string | null }) {
      useKeyboard();
      useKeys({
        e: () => acted.push('escalated'),
        a: () => acted.push('acknowledged'),
        r: () => acted.push('resolved'),
      });
      return chip(set);
    }
    await show(<Page set={null} />);
    const press = (key: string) =>
      act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
    select().focus();
    await press('s');
    await pick('search');
    await show(<Page set="search" />);
    for (const key of 'earch') await press(key);
    expect(acted).toEqual([]);
    await press('Escape');
    await press('e');
    expect(acted).toEqual(['escalated']);
  });
});

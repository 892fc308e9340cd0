import { shell } from '../words/shell';

/** The way through the house: in the sidebar, on the rail, in the bar of a phone, and behind `g`. */
export interface Way {
  href: string;
  text: string;
  icon: string;
  /** Under the thumb on a phone. */
  thumb?: boolean;
  /** The key after `g`. */
  key?: string;
}

export const WAYS: readonly Way[] = [
  { href: '/', text: shell.nav.home, icon: 'home', thumb: true, key: 'h' },
  { href: '/incidents', text: shell.nav.incidents, icon: 'incidents', thumb: true, key: 'i' },
];

export const isAt = (path: string, href: string): boolean =>
  href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);

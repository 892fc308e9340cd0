import { shell } from '../text/shell';

/** The navigation: in the sidebar, on the rail, in the bar of a phone, and by `g` and a key. */
export interface Way {
  href: string;
  text: string;
  icon: string;
  /** In the bar of a phone. */
  thumb?: boolean;
  /** The key after `g`. */
  key?: string;
  /** For administrators only. */
  admin?: boolean;
}

export const WAYS: readonly Way[] = [
  { href: '/', text: shell.nav.home, icon: 'home', thumb: true, key: 'h' },
  { href: '/incidents', text: shell.nav.incidents, icon: 'incidents', thumb: true, key: 'i' },
  { href: '/oncall', text: shell.nav.oncall, icon: 'oncall', thumb: true, key: 'o' },
  { href: '/alerts', text: shell.nav.alerts, icon: 'alerts', thumb: true, key: 'a' },
  { href: '/services', text: shell.nav.services, icon: 'services' },
  { href: '/analytics', text: shell.nav.analytics, icon: 'metrics', key: 'm' },
  { href: '/notifications', text: shell.nav.notifications, icon: 'sent' },
  { href: '/integrations', text: shell.nav.integrations, icon: 'plug' },
  { href: '/heartbeats', text: shell.nav.heartbeats, icon: 'beat', key: 'b' },
  { href: '/rules', text: shell.nav.rules, icon: 'filter', key: 'r' },
  { href: '/silences', text: shell.nav.silences, icon: 'mute', key: 'u' },
  { href: '/admin', text: shell.nav.admin, icon: 'admin', admin: true },
];

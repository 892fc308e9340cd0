import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { isHeld } from '../firstLoad';
import { creating } from '../incidents/newIncidentDialog';
import { lazyPart } from '../lazy';
import { lastHeartbeatAt, liveState, polling, seenAt, silent, tryNow } from '../live/connection';
import { ports } from '../ports';
import { logOut, mayAsk, me } from '../session';
import { shell } from '../text/shell';
import { setTheme, type Theme, theme } from '../theme';
import { Button } from '../ui/button';
import { Banner } from '../ui/card';
import { Face, Icon } from '../ui/icons';
import { hasUnsaved } from '../ui/page';
import { clockSeconds, when } from '../ui/times';
import { Toasts, undoShownChange } from '../ui/toast';
import { useQuery } from '../useQuery';
import { ChannelsBanner } from './ChannelsBanner';
import { JUMP_KEYS, useKeyboard, useKeys } from './keys';
import { isAt, isOpen, WAYS } from './nav';
import { helpShown, paletteShown } from './shown';

const Palette = lazyPart(() => import('./Palette').then(({ Palette: part }) => part));
const KeysHelp = lazyPart(() => import('./KeysHelp').then(({ KeysHelp: part }) => part));
const SelfWatchBanner = lazyPart(() => import('./SelfWatchBanner').then(({ SelfWatchBanner: part }) => part));
const showPalette = () => (paletteShown.value = true);

/** The frame of every page: navigation, connection state, keys, palette, toasts. */
export function Shell({ children }: { children: ComponentChildren }) {
  const { path, route } = useLocation();
  useKeyboard();
  const go = Object.fromEntries(WAYS.flatMap(({ key, href }) => (key ? [[`g ${key}`, () => route(href)]] : [])));
  useKeys({
    ...go,
    u: undoShownChange,
    'mod k': showPalette,
    '?': () => (helpShown.value = true),
    c: () => {
      if (mayAsk('incidents', 'create')) creating.value = {};
    },
  });
  return (
    <>
      <a class="skip" href="#main">
        {shell.skip}
      </a>
      <div class="shell">
        <header class="side">
          <div class="top">
            <Brand />
            <LiveMark />
            <button type="button" class="btn jump" onClick={showPalette}>
              <Icon name="search" />
              <span>{shell.jump}</span>
              <kbd>{JUMP_KEYS}</kbd>
            </button>
          </div>
          <Nav path={path} />
          <Foot />
        </header>
        <main id="main" tabIndex={-1} class={isHeld.value ? 'held' : undefined}>
          <Connection />
          <ChannelsBanner />
          <SelfWatchBanner />
          {children}
        </main>
      </div>
      <Toasts />
      {helpShown.value && <KeysHelp />}
      {paletteShown.value && <Palette />}
    </>
  );
}

export const Brand = () => (
  <a class="brand" href="/">
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d="M10 2.2c-3.5 0-5.3 2.6-5.3 6.1 0 3.4-.9 4.700-2.200 6h15c-1.300-1.300-2.200-2.600-2.200-6 0-3.500-1.800-6.100-5.300-6.100Z" />
      <path d="M7.6 15.800a2.400 2.400 0 0 0 4.800 0z" />
    </svg>
    <span>Tocsin</span>
  </a>
);

function LiveMark() {
  // A stored answer of an earlier visit is not live, whatever the time of the last heartbeat.
  const state = seenAt.value === null ? liveState.value : 'offline';
  const at = lastHeartbeatAt.value === null ? null : clockSeconds(lastHeartbeatAt.value);
  const text =
    state === 'live'
      ? polling.value
        ? shell.polled
        : at === null
          ? shell.connecting
          : shell.live
      : at === null
        ? shell.connecting
        : state === 'stale'
          ? shell.stale(at)
          : shell.offline(at.slice(0, 5));
  const tone = state === 'live' && at !== null ? '' : state === 'offline' ? 'offline' : 'stale';
  return (
    <span class={`end live ${tone}`} title={at === null ? undefined : shell.liveTitle(at)}>
      {text}
    </span>
  );
}

/** A banner while the shown data is possibly old. */
function Connection() {
  const seen = seenAt.value;
  const again = (
    <Button small onClick={tryNow}>
      {shell.tryNow}
    </Button>
  );
  if (seen !== null) {
    return (
      <Banner tone="warn" action={again}>
        {shell.seen(when(seen))}
      </Banner>
    );
  }
  if (liveState.value === 'offline') {
    const at = lastHeartbeatAt.value;
    return (
      <Banner tone="warn" action={again}>
        {at === null ? shell.neverConnected : shell.lost(clockSeconds(at))}
      </Banner>
    );
  }
  if (silent.value.length > 0)
    return <Banner tone="warn">{shell.silent(silent.value.map((source) => shell.modules[source]).join(', '))}</Banner>;
  return null;
}

function Nav({ path }: { path: string }) {
  const more = useSignal(false);
  const stats = useQuery('incident-stats', () => ports.incidents.statsSummary({}), { modules: ['incidents'] });
  const open = stats.value?.open ?? 0;
  return (
    <nav class={`nav${more.value ? ' all' : ''}`} aria-label={shell.main}>
      <ul onClick={() => (more.value = false)}>
        {WAYS.filter(isOpen).map(({ href, text, icon, thumb }) => (
          <li class={thumb ? 'thumb' : undefined}>
            <a href={href} aria-current={isAt(path, href) ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{text}</span>
              {icon === 'incidents' && open > 0 && (
                <b class="n" title={`${open} ${shell.unacknowledged(open)}`}>
                  {open}
                  <i class="sr"> {shell.unacknowledged(open)}</i>
                </b>
              )}
            </a>
          </li>
        ))}
        <li class="thumb more">
          <button
            type="button"
            aria-expanded={more.value}
            onClick={(event) => {
              event.stopPropagation();
              more.value = !more.value;
            }}
          >
            <Icon name="menu" />
            <span>{shell.more}</span>
          </button>
        </li>
      </ul>
    </nav>
  );
}

/** Each press selects the next theme: system, light, dark. */
const THEMES: Record<Theme, { is: string; icon: string; next: Theme }> = {
  system: { is: shell.theme.system, icon: 'screen', next: 'light' },
  light: { is: shell.theme.light, icon: 'sun', next: 'dark' },
  dark: { is: shell.theme.dark, icon: 'moon', next: 'system' },
};

function Foot() {
  const name = me.value?.username ?? '';
  const { is, icon, next } = THEMES[theme.value];
  return (
    <div class="foot">
      <a class="person second" href="/account" title={shell.account}>
        <Face name={name} email={me.value?.email} />
        <span class="name clip">{name}</span>
      </a>
      <span class="end row">
        <Button quiet small icon={icon} label={shell.theme.turn(is, THEMES[next].is)} onClick={() => setTheme(next)} />
        <Button quiet small icon="out" label={shell.logOut} onClick={() => hasUnsaved() || void logOut()} />
      </span>
    </div>
  );
}

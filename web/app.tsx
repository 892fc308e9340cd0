import { useSignalEffect } from '@preact/signals';
import type { ComponentChildren, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { BASE, withBase, withoutBase } from './base';
import { isHeld, pageIsThere, showPage } from './firstLoad';
import { creating } from './incidents/newIncidentDialog';
import { lazyPart, loaded } from './lazy';
import { connect, disconnect } from './live/connection';
import { LeaveDialog } from './live/LeaveDialog';
import { ProblemBanner } from './live/problems';
import { PAGES } from './pages';
import { problemOf } from './ports';
import { ownLinks, type PageName, ROUTES } from './routes';
import { leaveBy, loadMe, me } from './session';
import { Shell } from './shell/Shell';
import { shell } from './text/shell';
import { Button } from './ui/button';
import { Card, Empty, Skeleton } from './ui/card';
import { arriving, forgetUnsaved, hasUnsaved, Page } from './ui/page';

/** The whole page: routes, permissions, and the texts for errors. */

/** Pages without the shell, for people who are not logged in. */
const OUTSIDE = new Set<PageName>(['login', 'setup']);

const NewIncident = lazyPart(() => import('./incidents/NewIncident').then(({ NewIncident: part }) => part));

type Preloaded = FunctionComponent & { preload(): Promise<unknown> };

/** The first load waits until the page's code has run. */
const announced =
  (Part: FunctionComponent): FunctionComponent =>
  (props) => {
    useEffect(pageIsThere, []);
    return <Part {...props} />;
  };

const LAZY = Object.entries(PAGES).map(([name, load]) => ({
  name: name as PageName,
  path: name in ROUTES ? ROUTES[name as PageName] : `/${name}`,
  component: lazy(() => loaded(load).then(announced)) as Preloaded,
}));

/** Fetches the page of this address at once, in parallel with the request for the user. */
export function preloadPage(): void {
  const path = withoutBase(location.pathname);
  const here = LAZY.find((page) => page.path === path) ?? LAZY.find((page) => ownLinks([page.path]).test(path));
  // A failure is shown when the page is drawn.
  here?.component.preload().catch(() => undefined);
}

const OWN = ownLinks(LAZY.map(({ path }) => (path === '/' && BASE !== '' ? `${BASE}/?` : BASE + path)));

export const App = () => (
  <LocationProvider scope={OWN}>
    <BelowBase>
      <Guarded />
    </BelowBase>
  </LocationProvider>
);

/** The router's address without the prefix of the server. */
function BelowBase({ children }: { children: ComponentChildren }) {
  const place = useLocation();
  const path = withoutBase(place.path);
  const route = (url: string, replace?: boolean) => place.route(withBase(url), replace);
  const value = BASE === '' ? place : { ...place, path, url: withoutBase(place.url), route };
  return <LocationProvider.ctx.Provider value={value}>{children}</LocationProvider.ctx.Provider>;
}

function Guarded() {
  const { path, route } = useLocation();
  const leaving = useLeaveGuard();
  leaveBy((url) => route(url, true));
  const outside = LAZY.some((page) => OUTSIDE.has(page.name) && page.path === path);
  return (
    <Broken key={path}>
      {isStrange(path) && me.value === null ? (
        <Strange />
      ) : outside ? (
        <Pages of={LAZY.filter(({ name }) => OUTSIDE.has(name))} />
      ) : (
        <Inside />
      )}
      {leaving}
    </Broken>
  );
}

const KNOWN = ownLinks(LAZY.map(({ path }) => path));
/** Unknown addresses are reported without a login. */
const isStrange = (path: string): boolean => !KNOWN.test(path);

const Strange = () => {
  useEffect(showPage, []);
  return (
    <main id="main">
      <NotFound />
    </main>
  );
};

function Inside() {
  const [problem, setProblem] = useState<ReturnType<typeof problemOf> | null>(null);
  const enter = () => {
    setProblem(null);
    loadMe().then(connect, (error: unknown) => {
      const refused = problemOf(error);
      if (refused.kind !== 'unauthenticated') setProblem(refused);
      if (refused.kind === 'unauthenticated') connect();
    });
  };
  useEffect(() => {
    if (me.peek() === null) enter();
    else connect();
    return disconnect;
  }, []);
  useEffect(() => {
    if (problem) showPage();
  }, [problem]);
  if (problem) {
    return (
      <main id="main">
        <ProblemBanner problem={problem} onAgain={enter} />
      </main>
    );
  }
  if (me.value === null) return isHeld.value ? null : <Skeleton rows={6} />;
  return (
    <Shell>
      <Pages of={LAZY.filter(({ name }) => !OUTSIDE.has(name))} />
      {creating.value && <NewIncident />}
    </Shell>
  );
}

const Pages = ({ of }: { of: typeof LAZY }) => (
  <Router onRouteChange={() => (arriving.value = true)}>
    {of.map(({ path, component }) => (
      <Route path={path} component={component} />
    ))}
    <Route default component={NotFound} />
  </Router>
);

const NotFound = () => (
  <Page title={shell.notFound.title}>
    <Card title={shell.notFound.title} hideTitle>
      <Empty title={shell.notFound.text}>
        <div class="acts">
          <Button href="/">{shell.notFound.home}</Button>
        </div>
      </Empty>
    </Card>
  </Page>
);

/** A page that throws shows the error, and the navigation stays. */
function Broken({ children }: { children: ComponentChildren }) {
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (broken) showPage();
  }, [broken]);
  if (!broken) return <ErrorBoundary onError={() => setBroken(true)}>{children}</ErrorBoundary>;
  return (
    <main id="main">
      <Empty title={shell.broken.title}>
        <p>{shell.broken.text}</p>
        <div class="acts">
          <Button main onClick={() => location.reload()}>
            {shell.broken.again}
          </Button>
        </div>
      </Empty>
    </main>
  );
}

/**
 * Browsers call listeners of the window in the order of their registration, so this one is registered before the
 * router's: it stops a step back before the page is gone.
 */
let wentBack: (event: PopStateEvent) => void = () => {};
addEventListener('popstate', (event) => wentBack(event));

/** Stops any navigation away from unsaved changes until the person decides. */
function useLeaveGuard(): ComponentChildren {
  const { route, url } = useLocation();
  const [to, setTo] = useState<string | null>(null);
  useEffect(() => {
    const click = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.('a[href]');
      if (!hasUnsaved() || !link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      const href = link.getAttribute('href') ?? '';
      if (href.startsWith('#') || link.getAttribute('target')) return;
      event.preventDefault();
      event.stopPropagation();
      setTo(withoutBase(href));
    };
    const close = (event: BeforeUnloadEvent) => {
      if (hasUnsaved()) event.preventDefault();
    };
    const back = (event: PopStateEvent) => {
      if (!hasUnsaved()) return;
      event.stopImmediatePropagation();
      const wanted = withoutBase(location.pathname) + location.search;
      history.pushState(null, '', withBase(url));
      setTo(wanted);
    };
    addEventListener('click', click, true);
    addEventListener('beforeunload', close);
    wentBack = back;
    return () => {
      removeEventListener('click', click, true);
      removeEventListener('beforeunload', close);
      wentBack = () => {};
    };
  }, [url]);
  useSignalEffect(() => {
    if (me.value === null) forgetUnsaved();
  });
  if (to === null) return null;
  return (
    <LeaveDialog
      onStay={() => setTo(null)}
      onLeave={() => {
        forgetUnsaved();
        setTo(null);
        creating.value = null;
        route(to);
      }}
    />
  );
}

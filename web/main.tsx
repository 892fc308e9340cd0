/**
 * The dashboard. How it is built:
 *
 * - `routes.ts` lists the addresses, `pages.ts` says which page each shows. A page is a folder's file (`incidents/`,
 *   `oncall/`, …, mirroring the modules), loaded when it is gone to. To add one: a line in each of the two, the page,
 *   its words in `text/`, and a way to it in `shell/nav.ts`. The gateway and nginx learn of it by the build.
 * - `ports.ts` is the whole API, derived from the modules' contracts: types here, methods and paths as a table that the
 *   build makes of `operations.ts`. A page asks with `useAsked(key, () => ports.incidents.list(…), { modules: […] })`,
 *   and is asked again whenever a fact of those modules arrives (`asking.ts`, `live/connection.ts`).
 * - `ui/` holds the parts and knows no module; `npm run dev` shows them all at /ui. `ui/tokens.css` is the only place of
 *   colours, `ui/look.css` of parts; a page that needs more brings a small style sheet of its own.
 * - `text/` holds all text. `session.ts` says who is here; what their role may not do is not offered (`mayAsk`).
 * - Tests stand beside the code and hand in ports of their own (`answerWith`); `e2e/` drives the built product in a
 *   real browser. Sizes are held by scripts/budgets.ts.
 */
import { render } from 'preact';
import { App, preloadPage } from './app';
import { withBase } from './base';
import { linkBelowBase } from './links';
import './ui/tokens.css';
import './ui/look.css';
import './ui/more.css';
import './ui/pages.css';

linkBelowBase();
preloadPage();
render(<App />, document.getElementById('app') as HTMLElement);

if (import.meta.env.PROD) navigator.serviceWorker?.register(withBase('/sw.js')).catch(() => undefined);

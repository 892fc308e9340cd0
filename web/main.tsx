/**
 * The dashboard. How it is built:
 *
 * - `routes.ts` lists the addresses, `pages.ts` says which page each shows. A page is a folder's file (`incidents/`,
 *   `oncall/`, …, mirroring the modules), loaded when it is gone to. To add one: a line in each of the two, the page,
 *   its words in `text/`, and a way to it in `shell/nav.ts`. The gateway and nginx learn of it by the build.
 * - `ports.ts` is the whole API, derived from the modules' contracts: types here, methods and paths as a table that the
 *   build makes of `operations.ts`. A page asks with `useAsked(key, () => ports.incidents.list(…), { modules: […] })`,
 *   and is asked again whenever a fact of those modules arrives (`asking.ts`, `live/connection.ts`).
 * - `ui/` holds the parts and knows no module; `npm run dev` shows them all at /ui. each part has its style sheet
 *   beside it, and so has a page that needs more. `ui/tokens.css` holds the colours, the sizes and the order of the layers.
 * - `text/` holds all text. `session.ts` says who is here; what their role may not do is not offered (`mayAsk`).
 * - Tests stand beside the code and hand in ports of their own (`answerWith`); `e2e/` drives the built product in a
 *   real browser. Sizes are held by scripts/budgets.ts.
 */
import { render } from 'preact';
import { App, preloadPage } from './app';
import { withBase } from './base';
import { linkBelowBase } from './links';
import './ui/tokens.css';
import './ui/base.css';
import './ui/button.css';
import './ui/icons.css';
import './ui/card.css';
import './ui/time.css';
import './ui/table.css';
import './ui/field.css';
import './ui/navigation.css';
import './ui/toast.css';
import './ui/dialog.css';
import './ui/page.css';
import './ui/code.css';
import './ui/markdown.css';
import './ui/ladder.css';
import './ui/chart.css';
import './shell/shell.css';
import './shell/palette.css';
import './shell/frame.css';
import './account/account.css';
import './home/home.css';
import './incidents/incidents.css';

linkBelowBase();
preloadPage();
render(<App />, document.getElementById('app') as HTMLElement);

if (import.meta.env.PROD) navigator.serviceWorker?.register(withBase('/sw.js')).catch(() => undefined);

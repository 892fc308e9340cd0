/**
 * The dashboard. How it is built:
 *
 * - `routes.ts` lists the addresses, `pages.ts` the page of each. A page is a file in a folder (`incidents/`,
 *   `oncall/`, …, as the modules), loaded when it is first opened. To add one: a line in each of the two, the page,
 *   its texts in `text/`, and a link in `shell/nav.ts`. The build lists the routes for the gateway and nginx.
 * - `ports.ts` is the whole API, derived from the modules' contracts: types here, methods and paths as a table that the
 *   build makes of `operations.ts`. A page fetches by `useQuery(key, () => ports.incidents.list(…), { modules: […] })`,
 *   and again after each event of those modules (`useQuery.ts`, `live/connection.ts`).
 * - `ui/` holds the parts and knows no module; `npm run dev` shows all of them at /ui. Each part has its style sheet
 *   beside it, and so has a page that needs more. `ui/tokens.css` has colours, sizes and the order of the layers.
 * - `text/` holds all texts. `session.ts` has the user; actions that the role may not use are not offered (`mayAsk`).
 * - Tests are beside the code and pass their own ports (`answerWith`); `e2e/` drives the built product in a real
 *   browser. scripts/budgets.ts checks the sizes.
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

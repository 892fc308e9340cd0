import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { problemOf, setProblemHeaders } from '../../kernel/http/edge';
import { withWholeBody } from '../../kernel/http/listBody';
import type { Spool } from '../../kernel/http/spool';
import { maySeeSecrets } from '../../kernel/mask';
import { maskAnswer } from '../../kernel/ports/maskAnswer';
import { invalid, Problem } from '../../kernel/ports/problem';
import { callerOf } from '../../kernel/ports/router';
import { sendJson } from '../../kernel/ports/sendJson';
import { type ApiAlert, filterOf, groupsOf, presentAlert, RECEIVER, shows } from '../alertmanagerApi/alerts';
import { inOrder, presentSilence, readSilence } from '../alertmanagerApi/silences';
import { buildInfo, statusOf } from '../alertmanagerApi/status';
import { ALERTMANAGER_ENDPOINTS, type AlertmanagerEndpoint, pathsOf } from '../contract/alertmanagerApi';
import { PatternRefused } from '../rules/pattern';
import type { Silences } from '../rules/silences';
import { firingAlerts } from '../store/alerts';

/** The handlers of the API v2 of Alertmanager, whose paths are in the contract. */

export interface AlertmanagerApiDeps {
  db: Db;
  clock: Clock;
  silences: Silences;
  spool: Spool;
  startedAt: Date;
}

type Handler = (deps: AlertmanagerApiDeps, req: Request, res: Response) => Promise<void> | void;

/** The most alerts that a list holds; the newest ones. */
const MOST_ALERTS = 5_000;
const MOST_SILENCES = 1_000;
const LARGEST_SILENCE = 256 * 1024;

const ok: Handler = (_deps, _req, res) => void res.type('text/plain').send('OK');

const HANDLERS: Record<AlertmanagerEndpoint, Handler> = {
  status: ({ startedAt }, _req, res) => send(res, statusOf(startedAt)),
  receivers: (_deps, _req, res) => send(res, [{ name: RECEIVER }]),
  alerts: async (deps, req, res) => send(res, await alertsOf(deps, req)),
  groups: async (deps, req, res) => send(res, groupsOf(await alertsOf(deps, req))),
  silences: async (deps, req, res) => send(res, await silencesOf(deps, req)),
  silence: async ({ silences }, req, res) => send(res, presentSilence(await silences.get(String(req.params['id'])))),
  postSilence,
  async expireSilence({ silences }, req, res) {
    await silences.end(String(req.params['id']), callerOf(res));
    res.status(200).end();
  },
  buildInfo: (_deps, _req, res) => void res.type('text/plain; version=0.0.4').send(buildInfo()),
  healthy: ok,
  ready: ok,
};

/** @param observe middleware that logs and measures an operation */
export function alertmanagerRouter(deps: AlertmanagerApiDeps, observe: (operation: string) => RequestHandler): Router {
  const router = Router({ caseSensitive: true });
  for (const name of Object.keys(HANDLERS) as AlertmanagerEndpoint[]) {
    const endpoint = ALERTMANAGER_ENDPOINTS[name];
    const method = endpoint.method.toLowerCase() as 'get';
    const handler: RequestHandler = async (req, res) => {
      res.set({ 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store', Vary: 'Origin' });
      await HANDLERS[name](deps, req, res);
    };
    for (const path of pathsOf(endpoint)) {
      router[method](path, observe(`alertmanagerApi.${name}`), handler, refuse);
    }
  }
  return router;
}

/** Errors as Alertmanager writes them: a JSON string, or an object with a code for an unknown silence. */
function refuse(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  const problem = problemOf(error);
  if (res.headersSent || problem.kind === 'internal') {
    next(error);
    return;
  }
  setProblemHeaders(res, problem);
  if (problem.kind === 'not-found') res.status(404).end();
  else res.status(problem.kind === 'invalid' ? 400 : problem.status).json(problem.detail);
}

/** Sends an answer, with secrets masked for callers who may not see them. */
async function send(res: Response, body: unknown): Promise<void> {
  const { role } = callerOf(res);
  await sendJson(res, maySeeSecrets(role) ? body : await maskAnswer(body));
}

async function alertsOf({ db, clock }: AlertmanagerApiDeps, req: Request): Promise<ApiAlert[]> {
  const filter = filterOfQuery(req);
  const rows = await firingAlerts(db, MOST_ALERTS);
  const now = clock.now();
  const alerts = await inSlices(mapSteps(rows, (row) => presentAlert(row, now)));
  const shown = await inSlices(mapSteps(alerts, (alert) => (shows(filter, alert) ? [alert] : [])));
  return shown.flat().sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

/** @throws Problem `invalid` with the sentence of Alertmanager */
function filterOfQuery(req: Request): ReturnType<typeof filterOf> {
  try {
    return filterOf(req.query);
  } catch (error) {
    const refused = error instanceof PatternRefused || (error instanceof Problem && error.kind === 'invalid');
    if (!refused) throw error;
    throw invalid([{ path: '', message: `bad matcher format: ${error.message}` }]);
  }
}

/** Silences whose matchers hold all matchers of the filter, as in Alertmanager. */
async function silencesOf({ silences }: AlertmanagerApiDeps, req: Request): Promise<object[]> {
  const { matchers } = filterOfQuery(req);
  const wanted = (name: string): boolean => req.query[name] !== 'false';
  const { mutes } = await silences.list({ page: 1, per_page: MOST_SILENCES, state: undefined });
  const shown = mutes.filter(
    ({ row, state }) =>
      wanted(state) &&
      matchers.every(({ name, test }) => row.matchers.some((own) => own.name === name && test(own.value))),
  );
  return inOrder(shown).map(presentSilence);
}

async function postSilence(
  { silences, clock, spool }: AlertmanagerApiDeps,
  req: Request,
  res: Response,
): Promise<void> {
  const caller = callerOf(res);
  const options = { spool, key: `${caller.kind} ${caller.actor}`, largest: LARGEST_SILENCE };
  await withWholeBody(req, options, async ({ rest }) => {
    const { id, draft, createdBy } = readSilence(rest, clock.now());
    const made =
      id === null
        ? await silences.create(draft, caller, createdBy ?? caller.actor)
        : await silences.update(id, draft, caller);
    await send(res, { silenceID: made.row.id });
  });
}

import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { problemOf, sendProblem } from '../../kernel/http/edge';
import { maskText } from '../../kernel/mask';
import type { Caller, Route } from '../../kernel/ports/contract';
import { invalid, type Problem } from '../../kernel/ports/problem';
import { InstantIn } from '../../kernel/ports/values';
import { type AnswerResult, combinedResult } from '../../notify/contract';
import { type Html, html, plainPage } from '../http/html';
import { type AnswerDeps, performAll } from './perform';
import { type Origin, readerOf } from './person';

/**
 * Answers by a signed token, for buttons that can only open or post to a URL: ntfy, web push, links. A GET changes nothing,
 * because scanners open links; it shows a page with one button.
 */

const PATH = '/api/v1/answers/:token';
const BODY_LIMIT = 4 * 1024;

/** The routes of tokens, outside the contract. */
export const tokenOperations: Record<string, Route> = {
  openAnswer: { method: 'GET', path: PATH, access: 'public' },
  giveAnswer: { method: 'POST', path: PATH, access: 'public' },
};

/** Answers tokens: JSON for devices, a page for browsers. */
export function tokenRoutes(deps: AnswerDeps): Router {
  const router = Router({ caseSensitive: true });
  router.get(
    PATH,
    answered((req, res) => open(deps, req, res)),
  );
  const body = express.json({ limit: BODY_LIMIT, type: ['application/json'] });
  router.post(
    PATH,
    body,
    answered((req, res) => give(deps, req, res)),
  );
  return router;
}

type TokenRequest = Request<{ token: string }>;

async function open({ ports }: AnswerDeps, req: TokenRequest, res: Response): Promise<void> {
  const reader = readerOf(res.locals['requestId'] as string);
  const { action, incident_id, person, incidents } = await ports.notify.readAnswer(
    { token: req.params.token, use: false },
    reader,
  );
  const actor = person?.name ?? 'unknown';
  if (incidents !== undefined) {
    const titles = await titlesOf(ports, incidents, reader);
    const list = titles.reduce((all, title) => html`${all}<p>${title}</p>`, html``);
    const head = `${incidents.length} incidents`;
    res.type('html').send(plainPage(head, html`<h1>${head}</h1>${list}${confirm(action, actor)}`, 3));
    return;
  }
  if (incident_id === null) {
    res.type('html').send(plainPage('Test page', html`<h1>Test page</h1>${confirm(action, actor)}`, 3));
    return;
  }
  const incident = await ports.incidents.get({ id: incident_id }, reader);
  res.type('html').send(plainPage(incident.title, html`<h1>${incident.title}</h1>${confirm(action, actor)}`, 3));
}

const MOST_LISTED = 20;

/** The titles of the first incidents of a bundle; one that was deleted has none. */
async function titlesOf({ incidents }: AnswerDeps['ports'], ids: readonly string[], caller: Caller): Promise<string[]> {
  const found = await Promise.all(
    ids.slice(0, MOST_LISTED).map((id) => incidents.get({ id }, caller).then(titleOf, () => [])),
  );
  const left = ids.length - MOST_LISTED;
  return [...found.flat(), ...(left > 0 ? [`and ${left} more`] : [])];
}

const titleOf = ({ title, status }: { title: string; status: string }): string[] => [
  `${maskText(title)} (${status.replace('_', ' ')})`,
];

async function give(deps: AnswerDeps, req: TokenRequest, res: Response): Promise<void> {
  const { notify } = deps.ports;
  const requestId = res.locals['requestId'] as string;
  const answeredAt = answeredAtOf(req.body);
  const answer = await notify.readAnswer({ token: req.params.token, use: true }, readerOf(requestId));
  const origin: Origin = { requestId, trace: res.locals['trace'] as string, via: answer.channel ?? 'link' };
  // The incident decides whether an acknowledgement or a resolution still acts; an escalation must not run twice.
  // A test page has no incident, and notify has answered it.
  const isTest = answer.incident_id === null;
  const before = answer.action === 'escalate' || isTest ? answer.result : null;
  const asked = (answer.incidents ?? [answer.incident_id]).map((incident_id) => ({
    ...{ ...answer, incident_id, result: before, among_others: false },
  }));
  const results = await performAll(deps, asked, origin, answeredAt);
  const result = combinedResult(results.map(({ answer_id: _id, ...one }) => one));
  await notify.saveAnswer({ answer_id: answer.answer_id, result }, readerOf(requestId));
  if (wantsPage(req)) res.type('html').send(plainPage('Answer', resultPage(result), 3));
  else res.status(result.result === 'failed' ? 503 : 200).json(result);
}

function answeredAtOf(body: unknown): string | undefined {
  const at = (body as { answered_at?: unknown } | undefined)?.answered_at;
  if (at === undefined) return undefined;
  const read = InstantIn.safeParse(at);
  if (read.success) return new Date(read.data).toISOString();
  throw invalid([{ path: 'answered_at', message: read.error.issues[0]?.message ?? 'Must be an instant' }]);
}

const wantsPage = (req: Request): boolean => req.accepts(['json', 'html']) === 'html';

function answered(answer: (req: TokenRequest, res: Response) => Promise<void>): RequestHandler<{ token: string }> {
  return async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    try {
      await answer(req, res);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === 'internal') throw error;
      const requestId = res.locals['requestId'] as string;
      if (!wantsPage(req)) return sendProblem(res, problem, requestId);
      res
        .status(problem.status)
        .type('html')
        .send(plainPage('This answer', failure(problem, requestId), 3));
    }
  };
}

const BUTTONS = { acknowledge: 'Acknowledge', resolve: 'Resolve', escalate: 'Escalate' } as const;

const confirm = (action: AnswerResult['action'], actor: string): Html => html`
<form method="post">
<p>You answer as <strong>${actor}</strong>.</p>
<button class="btn main big" type="submit">${BUTTONS[action]}</button>
</form>`;

const resultPage = ({ title, words }: AnswerResult): Html => html`
<h1>${title ?? 'Answer'}</h1>
<p>${words}</p>`;

const failure = ({ detail }: Problem, requestId: string): Html => html`
<h1>This answer does not work</h1>
<p>${detail}</p>
<p class="muted">Request ${requestId}</p>`;

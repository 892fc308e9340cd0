import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { IncidentsContract } from '../../incidents/contract';
import type { Clock } from '../../kernel/clock';
import { problemOf } from '../../kernel/http/edge';
import { type Link, readLink } from '../../kernel/http/signedLinks';
import { maskText } from '../../kernel/mask';
import type { Caller, Port, Route } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { type Html, html, plainPage } from './html';

/** Signed links in messages. A GET changes nothing, because mail scanners open links; only the button acknowledges. */

type Incident = Awaited<ReturnType<Port<IncidentsContract>['get']>>;

/** The routes of signed links, outside the contract. */
export const linkOperations: Record<string, Route> = {
  openLink: { method: 'GET', path: '/l/:token', access: 'public' },
  useLink: { method: 'POST', path: '/l/:token', access: 'public' },
};

export interface LinkDeps {
  incidents: Port<IncidentsContract>;
  secretKey: string;
  clock: Clock;
}

/** Answers signed links with plain pages. */
export function linkRoutes({ incidents, secretKey, clock }: LinkDeps): Router {
  const router = Router({ caseSensitive: true });
  router.get('/l/:token', page(open));
  router.post('/l/:token', page(use));
  return router;

  async function open(link: Link, caller: Caller): Promise<[string, Html]> {
    const incident = await incidents.get({ id: link.incident_id }, caller);
    const acts = link.purpose === 'acknowledge' && isPaging(incident);
    return [incident.title, html`${summary(incident)}${acts ? confirm(link) : ownerText(incident)}`];
  }

  async function use(link: Link, caller: Caller): Promise<[string, Html]> {
    if (link.purpose !== 'acknowledge') throw new Problem('forbidden', 'This link only shows the incident.');
    const before = await incidents.get({ id: link.incident_id }, caller);
    if (isPaging(before)) await acknowledge(link, caller);
    const incident = await incidents.get({ id: link.incident_id }, caller);
    return [incident.title, html`${summary(incident)}${ownerText(incident)}`];
  }

  /** Another person may acknowledge between the read and this update; then the page names that person. */
  async function acknowledge(link: Link, caller: Caller): Promise<void> {
    try {
      await incidents.update({ id: link.incident_id, status: 'acknowledged' }, caller);
    } catch (error) {
      if (!(error instanceof Problem && error.kind === 'conflict')) throw error;
    }
  }

  function page(answer: (link: Link, caller: Caller) => Promise<[string, Html]>): RequestHandler<{ token: string }> {
    return async (req, res) => {
      res.setHeader('Cache-Control', 'no-store');
      res.type('html');
      try {
        const link = linkOf(req);
        const [title, body] = await answer(link, callerOfLink(link, res));
        res.send(plainPage(title, body));
      } catch (error) {
        const problem = problemOf(error);
        if (problem.kind === 'internal') throw error;
        res.status(problem.status).send(plainPage('This link', failure(problem, res)));
      }
    };
  }

  function linkOf(req: Request<{ token: string }>): Link {
    return readLink(secretKey, req.params.token, clock.now());
  }
}

/** Whether an acknowledgement stops pages: an acknowledged incident is paged again after the time-out of its acknowledgement. */
const isPaging = ({ status, escalation }: Incident): boolean =>
  status === 'open' || (status === 'acknowledged' && escalation?.state === 'running');

/** The caller of a link is the recipient of the message. A link opens no session. */
const callerOfLink = ({ actor }: Link, res: Response): Caller => ({
  actor,
  kind: 'user',
  via: 'link',
  role: 'responder',
  email: actor.includes('@') && !actor.includes(':') ? actor : null,
  requestId: res.locals['requestId'] as string,
  trace: res.locals['trace'] as string,
});

const STATUS_WORDS = {
  open: 'Unacknowledged',
  acknowledged: 'Acknowledged',
  in_progress: 'In progress',
  resolved: 'Resolved',
} as const;

const summary = ({ title, severity, service, status }: Incident): Html => html`
<h1>${maskText(title)}</h1>
<p class="facts"><span class="sev ${severity}">${severity}</span> · ${service} · ${STATUS_WORDS[status]}</p>`;

const confirm = ({ actor }: Link): Html => html`
<form method="post">
<p>You acknowledge as <strong>${actor}</strong>. Escalation stops until the incident is resolved.</p>
<button class="btn main big" type="submit">Acknowledge</button>
</form>`;

function ownerText(incident: Incident): Html {
  if (incident.status === 'open') return html`<p>No one has acknowledged this incident yet.</p>`;
  if (incident.status === 'resolved') return html`<p>Resolved by <strong>${lastActor(incident)}</strong>.</p>`;
  return html`<p>Taken by <strong>${lastActor(incident)}</strong>.</p>`;
}

/** The actor of the last change to the current status. */
const lastActor = ({ timeline, status, assigned_to }: Incident): string =>
  maskText(timeline.findLast(({ event_type }) => event_type === status)?.actor ?? assigned_to ?? 'unknown');

const failure = ({ detail }: Problem, res: Response): Html => html`
<h1>This link does not work</h1>
<p>${detail}</p>
<p class="muted">Request ${res.locals['requestId'] as string}</p>`;

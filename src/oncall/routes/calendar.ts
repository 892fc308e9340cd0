import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import { inSlices } from '../../kernel/async/slices';
import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { operationObserver, type RouterDeps } from '../../kernel/ports/router';
import { oncallRoutes } from '../contract';
import { calendarTextIn } from '../domain/icalendar';
import type { Published } from '../service/publish';

/**
 * Calendar feeds. The secret address grants the access; the headers let a program ask whether the calendar has changed.
 */
export function calendarRoutes(published: Published, deps: RouterDeps): Router {
  const { path } = oncallRoutes.calendarFeed;
  return Router({ caseSensitive: true }).get(path, observed(deps), async (req, res) => {
    const calendar = await published(String(req.params['secret']));
    if (calendar === null) throw new Problem('not-found', 'There is nothing at this path.');
    const text = await inSlices(calendarTextIn(calendar.name, calendar.events, calendar.until));
    res.set({
      'Content-Type': 'text/calendar; charset=utf-8',
      'Cache-Control': 'private, no-cache',
      ETag: `"${createHash('sha256').update(text).digest('base64url')}"`,
      'Last-Modified': calendar.changed_at.toUTCString(),
    });
    // Express answers 304 by these headers, and HEAD without the body.
    res.send(text);
  });
}

/** Measures a request like every operation. The secret in the path is not logged. */
function observed(deps: RouterDeps): RequestHandler {
  const watch = operationObserver('calendarFeed', { quiet: true }, deps);
  return (req, res, next) => {
    res.locals['operation'] = `${deps.module}.calendarFeed`;
    watch(req.method, res, () => res.locals['caller'] as Caller | undefined);
    next();
  };
}

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import { maySeeSecrets } from '../kernel/mask';
import { inputOf } from '../kernel/ports/local';
import { maskAnswer } from '../kernel/ports/maskAnswer';
import { callerOf } from '../kernel/ports/router';
import { incidentsContract } from './contract';
import type { Analytics } from './queries/analytics';

async function* withoutSecrets(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield await maskAnswer(line);
}

/** Streams the analytics as a CSV file; a request for JSON goes on to the next route. */
export function csvRoutes({ csv }: Analytics): Router {
  const op = incidentsContract.analytics;
  const router = Router({ caseSensitive: true });
  router.get(op.path, async (req, res, next) => {
    if (req.query['format'] !== 'csv') return next();
    const { name, lines } = csv(inputOf(op, { ...req.query }));
    res.setHeader('Content-Type', 'text/csv; charset=utf-8; header=present');
    res.setHeader('Content-Disposition', `attachment; filename="${name}"`);
    res.setHeader('Cache-Control', 'no-store');
    // The status is sent with the first line, so a later failure can only end the file early.
    await pipeline(Readable.from(maySeeSecrets(callerOf(res).role) ? lines : withoutSecrets(lines)), res).catch(() =>
      res.destroy(),
    );
  });
  return router;
}

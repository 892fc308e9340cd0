/**
 * The baseline of single posts: an Express route in its own process that parses the same JSON, stores nothing and answers
 * the same bytes. The parent process sends these bytes; this process ends with it.
 */
import express from 'express';
import { portOf } from '../children';

process.on('disconnect', () => process.exit());
process.once('message', (message) => {
  const { answer } = message as { answer: unknown };
  const app = express().disable('x-powered-by').disable('etag');
  app.post('/api/v1/alerts', express.json(), (_request, response) => {
    response.status(201).json(answer);
  });
  const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: portOf(server) }));
});

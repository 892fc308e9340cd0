/**
 * What the product is held against: an Express route in a process of its own that parses the same JSON, stores nothing
 * and answers the same bytes. It gets that answer from its parent and goes when the parent does.
 */
import express from 'express';

process.on('disconnect', () => process.exit());
process.once('message', ({ answer }) => {
  const app = express().disable('x-powered-by').disable('etag');
  app.post('/api/v1/alerts', express.json(), (_request, response) => {
    response.status(201).json(answer);
  });
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});

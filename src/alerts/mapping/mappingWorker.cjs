/**
 * The process that evaluates JSONata. It is plain JavaScript in a file of its own, because a process starts from a file: from
 * here in tests, from `dist/mappingWorker.cjs` beside the bundle of the server (scripts/build.ts).
 *
 * It gets one task at a time and answers `{ json }` or `{ fault: { field, message } }`. During a long task it sends
 * `progress` between two evaluations, so that the server sees that none of them runs away.
 */
const { Worker } = require('node:worker_threads');
const jsonata = require('jsonata');

const MOST_COMPILED = 500;
const PROGRESS_EVERY_MS = 10;
const compiled = new Map();
let reportedAt = performance.now();

/** Ends this process if the server dies during a runaway expression, which blocks only the thread that it runs in. */
const WATCH = `setInterval(() => process.ppid !== ${process.ppid} && process.kill(process.pid, 'SIGKILL'), 1000);`;

/** A fault of one expression; everything else that is thrown is a fault of the whole task. */
class Fault extends Error {
  constructor(field, error) {
    super(error?.message ?? String(error));
    this.field = field;
  }
}

function reportProgress() {
  if (performance.now() - reportedAt < PROGRESS_EVERY_MS) return;
  reportedAt = performance.now();
  process.send('progress');
}

function expressionOf(field, text) {
  reportProgress();
  const known = compiled.get(text);
  if (known !== undefined) return known;
  try {
    const expression = jsonata(text);
    if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value);
    compiled.set(text, expression);
    return expression;
  } catch (error) {
    throw new Fault(field, error);
  }
}

async function evaluated(field, text, input, variables) {
  const expression = expressionOf(field, text);
  try {
    return await expression.evaluate(input, variables);
  } catch (error) {
    throw new Fault(field, error);
  }
}

/** The items of a body: what `split` selects, else those of a list, else the body itself. */
async function itemsOf({ split, body, mostItems }) {
  const found = split === undefined ? body : await evaluated('split', split, body);
  if (found === undefined) throw new Fault('split', new Error('It selects nothing in this payload'));
  const items = Array.isArray(found) ? found : [found];
  if (items.length > mostItems) throw new Fault('split', new Error(`It selects more than ${mostItems} items`));
  return items;
}

/** The items with their values, as JSON. */
async function mapped(task) {
  const { fields, body } = task;
  const items = await itemsOf(task);
  const results = [];
  let size = 0;
  for (const [index, item] of items.entries()) {
    const values = {};
    for (const [field, text] of Object.entries(fields)) {
      const value = await evaluated(field, text, item, { payload: body, index });
      if (value !== undefined) values[field] = value;
    }
    // Functions of JSONata cannot be sent; JSON leaves them out.
    const result = JSON.stringify({ item, values });
    size += result.length;
    if (size > task.largestResult) throw new Fault('', new Error('The result is too large'));
    results.push(result);
  }
  return `[${results.join(',')}]`;
}

/** Compiles all expressions and returns the faults. */
function checked({ split, fields }) {
  const given = Object.entries({ ...(split !== undefined && { split }), ...fields });
  return given.flatMap(([field, text]) => {
    try {
      expressionOf(field, text);
      return [];
    } catch ({ message }) {
      return [{ field, message }];
    }
  });
}

process.on('message', async (task) => {
  reportedAt = performance.now();
  try {
    process.send({ json: task.check ? JSON.stringify(checked(task)) : await mapped(task) });
  } catch (error) {
    const { field = '', message } = error;
    process.send({ fault: { field, message: String(message).slice(0, 500) } });
  }
});
// Ctrl-C reaches all processes of a terminal; the server ends this one when it has finished its requests.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
new Worker(WATCH, { eval: true }).unref();
process.send('ready');

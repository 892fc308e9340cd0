import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TSX } from './tsx';

/** A first start creates a database cluster, next to other tests. */
jest.setTimeout(300_000);

const TOUR = join(__dirname, 'tour.ts');

/** The JSON outputs of the tour's curl commands, with or without a line break between them. */
function answersIn(printed: string): Record<string, unknown>[] {
  const answers: Record<string, unknown>[] = [];
  let depth = 0;
  let begin = 0;
  for (const { 0: token, index } of printed.matchAll(/"(?:\\.|[^"\\])*"|[{}]/g)) {
    if (token === '{' && depth++ === 0) begin = index;
    if (token === '}' && --depth === 0) answers.push(JSON.parse(printed.slice(begin, index + 1)));
  }
  return answers;
}

function walkTour(): Promise<{ code: number | null; printed: string; complained: string }> {
  const child = spawn(process.execPath, [...TSX, TOUR], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let complained = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (complained += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, printed, complained })));
}

test('the tour of the README gives the described output', async () => {
  const { code, printed, complained } = await walkTour();
  expect({ code, complained }).toEqual({ code: 0, complained: '' });
  const answers = answersIn(printed);
  const [schedule, first, again, incident, acknowledged, resolved, stats, secondSchedule] = answers;
  expect(answers).toHaveLength(14);
  expect(printed).toContain('{\n  "id"');
  expect(secondSchedule).toEqual(schedule);
  expect(schedule).toMatchObject({ team: 'tour-checkout', members: [{ name: 'Ada' }, { name: 'Ben' }] });
  expect(first).toMatchObject({ status: 'accepted', action: 'new_incident', deduplicated: false });
  const id = first?.['incident_id'];
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(again).toMatchObject({ alert_id: first?.['alert_id'], incident_id: id, deduplicated: true });
  expect(incident).toMatchObject({ id, status: 'open', assigned_to: 'Ada', alert_count: 1 });
  expect(acknowledged).toMatchObject({ id, status: 'acknowledged', mtta_seconds: expect.any(Number) });
  expect(resolved).toMatchObject({ id, status: 'resolved', mttr_seconds: expect.any(Number) });
  expect(stats).toMatchObject({ open: 0, acknowledged: 0, resolved: 1, avg_mttr_seconds: expect.any(Number) });
});

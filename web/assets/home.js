import { ask, element, showFault } from './api.js';

const POLL_MS = 10_000;
const STATUS_WORDS = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  in_progress: 'In progress',
  resolved: 'Resolved',
};

const at = (id) => document.getElementById(id);

at('first').textContent = [
  `curl -X POST ${location.origin}/api/v1/alerts \\`,
  "  -H 'X-API-Key: <your key>' -H 'Content-Type: application/json' \\",
  `  -d '{"service":"checkout","severity":"critical","message":"HTTP 5xx error rate > 10%"}'`,
].join('\n');

at('logout').addEventListener('click', async () => {
  await ask('POST', '/api/v1/auth/logout', {}).catch(() => undefined);
  location.assign('/login');
});

/** Null where nobody is logged in: that is a state of this page, not a fault. */
async function whoami() {
  try {
    return await ask('GET', '/api/v1/auth/me');
  } catch (error) {
    if (error.status === 401 || error.status === 403) return null;
    throw error;
  }
}

function showWho(me) {
  at('login').hidden = me !== null;
  at('logout').hidden = me === null;
  at('who').hidden = me === null;
  at('who').textContent = me === null ? '' : me.username;
  at('incidents').hidden = me === null;
}

async function showHealth() {
  const services = await ask('GET', '/api/services/health');
  at('health').replaceChildren(
    ...Object.entries(services).map(([name, { status }]) => {
      const row = element('li', '');
      row.append(element('strong', name), element('span', status === 'up' ? 'Answers' : 'Does not answer', 'end'));
      return row;
    }),
  );
}

async function showIncidents() {
  const [counts, page] = await Promise.all([
    ask('GET', '/api/v1/incidents/stats/summary'),
    ask('GET', '/api/v1/incidents?per_page=10'),
  ]);
  at('answer').textContent = sentence(counts.open);
  at('figures').replaceChildren(
    ...Object.entries(STATUS_WORDS).map(([status, word]) => {
      const figure = element('div', '');
      figure.append(element('dt', word), element('dd', String(counts[status])));
      return figure;
    }),
  );
  const rows = page.incidents.map(row);
  at('latest').replaceChildren(...(rows.length > 0 ? rows : [element('li', 'No incident yet.')]));
}

function sentence(open) {
  if (open === 0) return 'Nothing needs you now';
  return open === 1 ? 'One incident needs somebody now' : `${open} incidents need somebody now`;
}

function row({ title, severity, service, status, assigned_to, created_at }) {
  const made = element('li', '', status);
  const time = element(
    'time',
    new Date(created_at).toLocaleString([], {
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
    'muted end',
  );
  time.dateTime = created_at;
  made.append(
    element('span', severity, `sev ${severity}`),
    element('strong', title),
    element('span', `${service} · ${STATUS_WORDS[status]} · ${assigned_to ?? 'Nobody'}`, 'second'),
    time,
  );
  return made;
}

async function refresh() {
  try {
    const me = await whoami();
    showWho(me);
    await Promise.all([showHealth(), me && showIncidents()]);
    showFault(null);
  } catch (error) {
    showFault(error.message);
  }
  setTimeout(refresh, POLL_MS);
}

await refresh();

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/problem';
import { useAsked } from '../asking';
import { ProblemBanner } from '../live/problems';
import { faultsOf, ports, problemOf } from '../ports';
import { me, role } from '../session';
import { keepHere, keptHere } from '../theme';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { TextField } from '../ui/field';
import { Icon } from '../ui/marks';
import { say } from '../ui/toast';
import { home } from '../words/home';

/** From nothing to a page that reaches somebody. A step is done when the server says so, whoever did it. */
const { guide: words } = home;
const hidden = signal(keptHere('guide') === 'hidden');

export interface Known {
  integrations: { name: string; last_seen_at: string | null }[];
  schedules: { members: { email: string }[] }[];
  alerts: number;
}

/** Null while it is not known, hidden, or done. */
export function useGuide(): Known | null {
  const known = useAsked(
    hidden.value ? null : 'guide',
    async (): Promise<Known> => {
      const [{ integrations }, schedules, { total }] = await Promise.all([
        ports.alerts.listIntegrations({}),
        ports.oncall.listSchedules({}),
        ports.alerts.list({ per_page: 1 }),
      ]);
      return { integrations: integrations.filter(({ revoked_at }) => revoked_at === null), schedules, alerts: total };
    },
    { modules: ['alerts', 'oncall', 'gateway'] },
  );
  if (hidden.value || !known.value) return null;
  return stepsOf(known.value).every(({ done }) => done) ? null : known.value;
}

const emailsIn = ({ schedules }: Known): string[] =>
  schedules.flatMap(({ members }) => members.map(({ email }) => email.toLowerCase()));

function stepsOf(known: Known) {
  const email = me.value?.email?.toLowerCase() ?? null;
  const seen = known.integrations.find(({ last_seen_at }) => last_seen_at !== null);
  return [
    {
      title: words.connect,
      done: seen !== undefined,
      said: seen && words.connected(seen.name),
      body: <Connect of={known} />,
    },
    {
      title: words.schedule,
      done: known.schedules.length > 0,
      said: words.scheduled(known.schedules.length),
      body: <Schedule />,
    },
    {
      title: words.reach,
      done: email !== null && emailsIn(known).includes(email),
      said: words.reached(email ?? ''),
      body: <p class="second">{email === null ? words.reachNeeds : words.reachText}</p>,
    },
    { title: words.test, done: known.alerts > 0, said: words.tested, body: <TestAlert /> },
  ];
}

export function Guide({ of }: { of: Known }) {
  const steps = stepsOf(of);
  const next = steps.findIndex(({ done }) => !done);
  const [picked, pick] = useState<number | null>(null);
  const open = picked ?? next;
  return (
    <Card
      title={words.title}
      end={
        <Button
          quiet
          small
          onClick={() => {
            hidden.value = true;
            keepHere('guide', 'hidden');
          }}
        >
          {words.hide}
        </Button>
      }
    >
      <p class="pad second">
        {words.text}{' '}
        <strong class="nowrap">{words.progress(steps.filter(({ done }) => done).length, steps.length)}</strong>
      </p>
      <ol class="ladder">
        {steps.map(({ title, done, said, body }, at) => (
          <li key={title}>
            <span class={done ? 'rung done' : 'rung'}>{done ? <Icon name="check" /> : at + 1}</span>
            <div class="stack tight">
              <button type="button" class="plain" aria-expanded={at === open} onClick={() => pick(at)}>
                {title}
              </button>
              {done && <p class="small muted">{said}</p>}
              {at === open && !done && body}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

interface StepForm {
  verb: string;
  /** Sends what was filled in; throws what the server refuses. */
  send(form: FormData): Promise<void>;
  fields: (faults: Record<string, string>) => ComponentChildren;
}

function StepForm({ verb, send, fields }: StepForm) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const faults = problem ? faultsOf(problem) : {};
  if (role.value !== 'admin') return <p class="second">{words.own}</p>;
  return (
    <form
      class="stack guide"
      onSubmit={async (event) => {
        event.preventDefault();
        if (busy) return;
        setBusy(true);
        setProblem(null);
        try {
          await send(new FormData(event.currentTarget));
        } catch (error) {
          setProblem(problemOf(error));
        }
        setBusy(false);
      }}
    >
      {problem && <ProblemBanner problem={problem} />}
      {fields(faults)}
      <div class="acts">
        <Button type="submit" busy={busy}>
          {verb}
        </Button>
      </div>
    </form>
  );
}

const textIn = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();

function Connect({ of }: { of: Known }) {
  const [made, setMade] = useState<{ url: string } | null>(null);
  if (made || of.integrations.length > 0) {
    return (
      <div class="stack tight">
        {made && (
          <>
            <p class="second">{words.connectUrl}</p>
            <pre class="code" tabIndex={0} aria-label={words.connectUrl}>
              {snippet(made.url)}
            </pre>
          </>
        )}
        <p class="row second" role="status">
          <span class="live stale">{words.waiting}</span>
        </p>
      </div>
    );
  }
  return (
    <StepForm
      verb={words.connectVerb}
      send={async (form) => setMade(await ports.alerts.createIntegration({ name: textIn(form, 'name') }))}
      fields={(faults) => (
        <>
          <p class="second">{words.connectText}</p>
          <TextField
            label={words.connectName}
            name="name"
            value="alertmanager"
            required
            maxLength={255}
            fault={faults['name']}
          />
        </>
      )}
    />
  );
}

const snippet = (url: string): string => `receivers:
  - name: tocsin
    webhook_configs:
      - url: ${url.startsWith('http') ? url : location.origin + url}
        send_resolved: true`;

const Schedule = () => (
  <StepForm
    verb={words.scheduleVerb}
    send={async (form) => {
      const team = textIn(form, 'team');
      const member = { name: textIn(form, 'name'), email: textIn(form, 'email'), role: 'primary' as const };
      await ports.oncall.setPerson({
        email: member.email,
        name: member.name,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      });
      await ports.oncall.createSchedule({ team, members: [member] });
      const service = textIn(form, 'service');
      if (service !== '') await ports.oncall.setService({ service, team });
    }}
    fields={(faults) => (
      <>
        <p class="second">{words.scheduleText}</p>
        <TextField label={words.team} name="team" value="ops" required maxLength={255} fault={faults['team']} />
        <TextField
          label={words.person}
          name="name"
          value={me.value?.username ?? ''}
          required
          maxLength={255}
          fault={faults['name'] ?? faults['members.0.name']}
        />
        <TextField
          label={words.email}
          name="email"
          type="email"
          value={me.value?.email ?? ''}
          required
          maxLength={255}
          fault={faults['email'] ?? faults['members.0.email']}
        />
        <TextField
          label={words.service}
          name="service"
          value="checkout"
          hint={words.serviceHint}
          optional
          maxLength={255}
          fault={faults['service']}
        />
      </>
    )}
  />
);

const TestAlert = () => (
  <StepForm
    verb={words.testVerb}
    send={async () => {
      await ports.alerts.receive({
        service: 'checkout',
        severity: 'low',
        message: 'Test alert from the guide',
        source: 'guide',
      });
      say(words.sent);
    }}
    fields={() => <p class="second">{words.testText}</p>}
  />
);

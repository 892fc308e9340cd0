import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { origin } from '../base';
import { FormatField } from '../integrations/FormatField';
import { snippetsOf, useFormats } from '../integrations/formats';
import { textIn } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { faultsOf, ports, problemOf } from '../ports';
import { me, role } from '../session';
import { channelWords } from '../text/channels';
import { guideWords as words } from '../text/guide';
import { notifications } from '../text/notifications';
import { Button } from '../ui/button';
import { Code } from '../ui/code';
import { TextField } from '../ui/field';
import { HERE } from '../ui/times';
import { say } from '../ui/toast';
import type { Told } from './useOnboarding';

/** The form of each step of the guide. */

interface StepForm {
  verb: string;
  /** Submits the form; throws the problem of the server. */
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

export function Connect({ of }: { of: Told['tool'] }) {
  const [made, setMade] = useState<Made | null>(null);
  if (made || of?.waiting) {
    return (
      <div class="stack tight">
        {made && <FirstSnippet of={made} />}
        <p class="row second" role="status">
          <span class="live stale">{words.waiting}</span>
        </p>
      </div>
    );
  }
  return (
    <StepForm
      verb={words.connectVerb}
      send={async (form) => {
        const format = (textIn(form, 'format') || undefined) as Made['format'] | undefined;
        setMade(await ports.alerts.createIntegration({ name: textIn(form, 'name'), format }));
      }}
      fields={(faults) => (
        <>
          <p class="second">{words.connectText}</p>
          <FormatField fault={faults['format']} />
          <TextField
            label={words.connectName}
            name="name"
            value={words.connectDefault}
            required
            maxLength={255}
            fault={faults['name']}
          />
        </>
      )}
    />
  );
}

type Made = Awaited<ReturnType<typeof ports.alerts.createIntegration>>;

/** The snippet for the tool, with the key of the new integration. */
function FirstSnippet({ of: { format, key, url } }: { of: Made }) {
  const known = useFormats().value?.formats.find(({ id }) => id === format);
  const [snippet] = known ? snippetsOf(known, { origin: origin(), key }) : [];
  if (!snippet) return <Code label={words.connectUrl}>{absolute(url)}</Code>;
  return (
    <>
      <p class="second">{snippet.text}</p>
      <Code label={snippet.file ?? snippet.title}>{snippet.code}</Code>
    </>
  );
}

const absolute = (url: string): string => (url.startsWith('http') ? url : origin() + url);

export function Reach({ of }: { of: Told['reach'] }) {
  if (of === null) return null;
  const others = of.configured.filter((channel) => !channelWords[channel]?.forPeople).map(notifications.channelTitle);
  return (
    <div class="stack tight second">
      <p>{words.reachText}</p>
      {of.missing.includes('address') && <p>{words.reachAddress}</p>}
      {of.missing.includes('channel') && <p>{words.reachChannel}</p>}
      {others.length > 0 && <p>{words.reachOther(others.join(', '))}</p>}
      {!of.missing.includes('address') && (
        <div class="acts">
          <Button href="/account">{words.reachGo}</Button>
        </div>
      )}
      {role.value === 'admin' && (
        <div class="acts">
          {of.missing.includes('address') && <Button href="/admin">{words.reachAddressGo}</Button>}
          <Button href="/admin?tab=channels">{words.reachTry}</Button>
        </div>
      )}
    </div>
  );
}

export const Schedule = () => (
  <StepForm
    verb={words.scheduleVerb}
    send={async (form) => {
      const team = textIn(form, 'team');
      const member = { name: textIn(form, 'name'), email: textIn(form, 'email'), role: 'primary' as const };
      await ports.oncall.setPerson({
        email: member.email,
        name: member.name,
        time_zone: HERE,
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

export const TestAlert = () => (
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

import { useState } from 'preact/hooks';
import { Refusal, useSubmitting } from '../live/forms';
import { fullSentenceOf, ProblemBanner } from '../live/problems';
import { ports, problemOf } from '../ports';
import { OwnReach } from '../reach/OwnReach';
import { me } from '../session';
import { setSingleKeys, singleKeys } from '../shell/shown';
import { account as words } from '../text/account';
import { reach } from '../text/reach';
import { type Density, density, setDensity, setTheme, type Theme, theme } from '../theme';
import { Button } from '../ui/button';
import { Card, Facts, Skeleton } from '../ui/card';
import { TextField, Tick } from '../ui/field';
import { Badge } from '../ui/icons';
import { Segments } from '../ui/navigation';
import { Page, useUnsavedGuard } from '../ui/page';
import { Ago, At } from '../ui/time';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { deviceOf } from './devices';

/** The account of the viewer: name, look of the page on this device, password, and sessions. */
export function AccountPage() {
  const isPerson = me.value?.kind === 'user';
  const person = me.value?.email ?? null;
  return (
    <Page title={words.title}>
      {isPerson && (person === null ? <NotReached /> : <OwnReach person={person} />)}
      <div class="cols half">
        <You />
        <Device />
        {isPerson && <Password />}
        {isPerson ? (
          <Sessions />
        ) : (
          <Card title={words.sessions.title}>{<p class="pad second">{words.sessions.byKey}</p>}</Card>
        )}
      </div>
    </Page>
  );
}

const NotReached = () => (
  <Card title={reach.title}>
    <p class="pad second">{reach.noPerson}</p>
  </Card>
);

function You() {
  const who = me.value;
  if (!who) return null;
  return (
    <Card title={words.you}>
      <div class="pad">
        <Facts
          of={[
            [words.facts.name, who.username],
            [words.facts.role, words.roles[who.role]],
            [words.facts.email, who.email ?? <span class="muted">{words.noEmail}</span>],
            ...(who.expires_at === null
              ? []
              : [[words.facts.until, <At at={who.expires_at}>{when(who.expires_at)}</At>] as const]),
          ]}
        />
      </div>
    </Card>
  );
}

const THEMES: readonly { id: Theme; text: string }[] = [
  { id: 'system', text: words.theme.system },
  { id: 'light', text: words.theme.light },
  { id: 'dark', text: words.theme.dark },
];

const DENSITIES: readonly { id: Density; text: string }[] = [
  { id: 'comfortable', text: words.theme.comfortable },
  { id: 'compact', text: words.theme.compact },
];

const Device = () => (
  <Card title={words.theme.title}>
    <div class="pad stack">
      <div class="field">
        <span class="label">{words.theme.theme}</span>
        <Segments label={words.theme.theme} of={THEMES} current={theme.value} onPick={setTheme} />
      </div>
      <div class="field">
        <span class="label">{words.theme.density}</span>
        <Segments label={words.theme.density} of={DENSITIES} current={density.value} onPick={setDensity} />
      </div>
      <Tick
        label={words.theme.keys}
        checked={singleKeys.value}
        onChange={(event) => setSingleKeys(event.currentTarget.checked)}
      />
    </div>
  </Card>
);

function Password() {
  const submitting = useSubmitting();
  const [touched, setTouched] = useState(false);
  useUnsavedGuard(touched);
  const { faults, busy, problem } = submitting;
  const wrong = problem?.kind === 'unauthenticated' || problem?.kind === 'forbidden';
  return (
    <Card title={words.password.title}>
      <form
        class="pad stack"
        onInput={() => setTouched(true)}
        onSubmit={async (event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = new FormData(form);
          const done = await submitting.submit(() =>
            ports.gateway.changePassword({
              current_password: String(given.get('current_password') ?? ''),
              new_password: String(given.get('new_password') ?? ''),
            }),
          );
          if (!done) return;
          form.reset();
          setTouched(false);
          say(words.password.done);
        }}
      >
        {!wrong && <Refusal of={submitting} fields={['current_password', 'new_password']} />}
        <TextField
          label={words.password.current}
          name="current_password"
          type="password"
          autocomplete="current-password"
          fault={faults['current_password'] ?? (wrong && problem ? fullSentenceOf(problem) : undefined)}
          required
          maxLength={1024}
        />
        <TextField
          label={words.password.next}
          name="new_password"
          type="password"
          autocomplete="new-password"
          hint={words.password.nextHint}
          fault={faults['new_password']}
          required
          maxLength={1024}
        />
        <div class="acts">
          <Button type="submit" main busy={busy}>
            {words.password.verb}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Sessions() {
  const list = useQuery('sessions', () => ports.gateway.listSessions({}), { modules: ['gateway'] });
  const [ending, setEnding] = useState<string | null>(null);
  const end = async (id: string) => {
    setEnding(id);
    try {
      await ports.gateway.endSession({ id });
      say(words.sessions.done);
      await list.again();
    } catch (error) {
      say(fullSentenceOf(problemOf(error)));
    }
    setEnding(null);
  };
  return (
    <Card title={words.sessions.title} count={list.value?.length}>
      {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
      {!list.value && !list.problem && <Skeleton rows={2} />}
      <ul class="list">
        {list.value?.map(({ id, current, address, user_agent, created_at, expires_at }) => (
          <li key={id}>
            <div class="grow">
              <div class="row wrap">
                <span title={user_agent}>{deviceOf(user_agent) ?? words.sessions.unknown}</span>
                {current && <Badge tone="on">{words.sessions.here}</Badge>}
              </div>
              <div class="small muted dots">
                <span>{words.sessions.from(address)}</span>
                <span>
                  {words.sessions.began} <Ago at={created_at} />
                </span>
                <span>
                  {words.sessions.ends} <At at={expires_at}>{when(expires_at)}</At>
                </span>
              </div>
            </div>
            {!current && (
              <Button small busy={ending === id} onClick={() => void end(id)}>
                {words.sessions.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

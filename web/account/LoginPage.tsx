import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Problem } from '../../src/kernel/ports/problem';
import { ProblemBanner } from '../live/problems';
import { ports, problemOf } from '../ports';
import { loadMe, wayBack } from '../session';
import { Brand } from '../shell/Shell';
import { gate as words } from '../text/gate';
import { Button } from '../ui/button';
import { Banner } from '../ui/card';
import { TextField } from '../ui/field';
import { usePageTitle } from '../ui/page';
import { useQuery } from '../useQuery';

/** Log in with name and password, then return to the page that was asked for. */
export function LoginPage() {
  const { query, route } = useLocation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  usePageTitle(words.logIn);
  const wrong = problem?.kind === 'unauthenticated';
  const submit = async (form: FormData) => {
    setBusy(true);
    setProblem(null);
    try {
      await ports.gateway.login({
        username: String(form.get('username') ?? ''),
        password: String(form.get('password') ?? ''),
      });
      await loadMe();
      route(wayBack(query), true);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  useEffect(() => {
    if (problem) document.querySelector<HTMLInputElement>('input[name=password]')?.select();
  }, [problem]);
  return (
    <Gate>
      <div class="stack tight">
        <h1>{words.logIn}</h1>
        {query['ended'] && <p class="second">{words.ended(wayBack(query))}</p>}
      </div>
      <NotSetUp />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit(new FormData(event.currentTarget));
        }}
      >
        {wrong && <Banner tone="bad">{words.notYou}</Banner>}
        {problem && !wrong && <ProblemBanner problem={problem} />}
        <TextField
          label={words.name}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          maxLength={255}
          autofocus
        />
        <TextField
          label={words.password}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxLength={1024}
          fault={wrong ? words.check : undefined}
        />
        <Button main big type="submit" busy={busy}>
          {words.logIn}
        </Button>
      </form>
      <Health />
    </Gate>
  );
}

export const Gate = ({ children }: { children: preact.ComponentChildren }) => (
  <div class="gate">
    <main id="main">
      <Brand />
      {children}
    </main>
  </div>
);

/** The text before the first administrator exists: how to create one. */
export function NotSetUp() {
  const state = useQuery('setup', () => ports.gateway.setupState({}));
  return state.value?.set_up === false ? <Banner tone="warn">{words.notSetUp}</Banner> : null;
}

function Health() {
  const health = useQuery('health', () => ports.gateway.servicesHealth({}));
  if (!health.value) return null;
  const down = Object.values(health.value).filter(({ status }) => status === 'down').length;
  return (
    <p class="label row">
      <span class={`live ${down > 0 ? 'stale' : ''}`}>{down === 0 ? words.answers : words.silent(down)}</span>
      <span class="end">{location.host}</span>
    </p>
  );
}

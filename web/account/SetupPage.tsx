import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Problem } from '../../src/kernel/ports/problem';
import { ProblemBanner } from '../live/problems';
import { faultsOf, ports, problemOf } from '../ports';
import { loadMe } from '../session';
import { gate } from '../text/gate';
import { Button } from '../ui/button';
import { Banner } from '../ui/card';
import { TextField } from '../ui/field';
import { usePageTitle } from '../ui/page';
import { useQuery } from '../useQuery';
import { Gate } from './LoginPage';

const { setUp: words } = gate;

/** Creates the first administrator, by the one-time link that the first start printed. */
export function SetupPage() {
  const { query, route } = useLocation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  usePageTitle(words.title);
  const faults = problem ? faultsOf(problem) : {};
  const token = query['token'] ?? '';
  const state = useQuery(`setup ${token}`, () => ports.gateway.setupState(token === '' ? {} : { token }));
  const spent = state.value?.link === 'spent';
  const submit = async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    setBusy(true);
    setProblem(null);
    try {
      const email = text('email');
      const password = String(form.get('password') ?? '');
      await ports.gateway.setup({ token, username: text('username'), password, ...(email !== '' && { email }) });
      await loadMe();
      route('/', true);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Gate>
      <div class="stack tight">
        <h1>{words.title}</h1>
        <p class="second">{words.text}</p>
      </div>
      {token === '' && <Banner tone="warn">{words.noToken}</Banner>}
      {spent && (
        <Banner tone="warn">
          {words.spent} {state.value?.set_up ? words.spentSetUp : words.spentNotSetUp}
        </Banner>
      )}
      {!spent && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) void submit(new FormData(event.currentTarget));
          }}
        >
          {problem && !('username' in faults || 'email' in faults || 'password' in faults) && (
            <ProblemBanner problem={problem} />
          )}
          <TextField
            label={gate.name}
            name="username"
            autocomplete="username"
            autocapitalize="none"
            required
            maxLength={255}
            fault={faults['username']}
            autofocus
          />
          <TextField
            label={words.email}
            name="email"
            type="email"
            autocomplete="email"
            optional
            maxLength={255}
            hint={words.emailHint}
            fault={faults['email']}
          />
          <TextField
            label={gate.password}
            name="password"
            type="password"
            autocomplete="new-password"
            required
            minLength={10}
            maxLength={1024}
            hint={words.passwordHint}
            fault={faults['password']}
          />
          <Button main big type="submit" busy={busy} disabled={token === '' && words.noToken}>
            {words.verb}
          </Button>
        </form>
      )}
      <p class="label">
        <a href="/login">{words.again}</a>
      </p>
    </Gate>
  );
}

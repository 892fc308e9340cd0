import { useSignal } from '@preact/signals';
import { useAsked } from '../asking';
import { isLive } from '../live/connection';
import { FormDialog } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Badge, Face } from '../ui/marks';
import { At } from '../ui/time';
import { now, span, when } from '../ui/times';
import { say } from '../ui/toast';
import { oncall as words } from '../words/oncall';
import { parts } from '../words/parts';
import { shell } from '../words/shell';
import { type Current, everybodyNow, type TeamNow } from './everybody';
import { SetOverride } from './SetOverride';

/** A card for each team: primary and secondary, and an override with its reason and its end. */
export function Now() {
  const teams = useAsked('oncall-now', everybodyNow, { modules: ['oncall'] });
  const { value, problem } = teams;
  if (problem && !value) return <ProblemBanner problem={problem} onAgain={teams.again} />;
  if (!value) {
    return (
      <Card title={words.tabs.now} hideTitle>
        <Skeleton rows={6} />
      </Card>
    );
  }
  if (value.length === 0) return <NoTeams />;
  return (
    <>
      {problem && <ProblemBanner problem={problem} onAgain={teams.again} />}
      <div class="cols half">
        {value.map((team) => (
          <Team key={team.team} of={team} onChanged={teams.again} />
        ))}
      </div>
    </>
  );
}

const NoTeams = () => (
  <Card title={words.title} hideTitle>
    <Empty title={words.none.title}>
      <p>{words.none.text}</p>
      {mayAsk('oncall', 'createSchedule') && (
        <div class="acts">
          <Button href="/oncall?tab=schedules">{words.schedules.create}</Button>
        </div>
      )}
    </Empty>
  </Card>
);

function Team({ of: { team, current }, onChanged }: { of: TeamNow; onChanged(): Promise<void> }) {
  const dialog = useSignal<'set' | 'end' | null>(null);
  const close = () => {
    dialog.value = null;
    void onChanged();
  };
  const held = current?.primary?.override ? current.primary : null;
  const waits = !isLive.value && shell.waits;
  return (
    <Card
      title={
        <a class="t" href={`/oncall/${encodeURIComponent(team)}`}>
          {team}
        </a>
      }
      end={
        mayAsk('oncall', 'setOverride') && (
          <span class="row">
            {held && (
              <Button small onClick={() => (dialog.value = 'end')} disabled={waits}>
                {words.end.button}
              </Button>
            )}
            <Button small quiet icon="swap" onClick={() => (dialog.value = 'set')} disabled={waits}>
              {words.set.button}
            </Button>
          </span>
        )
      }
    >
      <ul class="list">
        {current === null ? (
          <li>
            <Face name={null} large />
            <p class="second">{words.nobody}</p>
          </li>
        ) : (
          <OnCall of={current} />
        )}
      </ul>
      {dialog.value === 'set' && <SetOverride team={team} onClose={close} />}
      {dialog.value === 'end' && held && (
        <FormDialog
          title={words.end.title(held.name, team)}
          verb={words.end.verb}
          cancel={words.end.keep}
          danger
          onClose={close}
          act={async () => {
            await ports.oncall.removeOverride({ team });
            say(words.end.done(team));
          }}
        >
          <p class="second">{words.end.text}</p>
        </FormDialog>
      )}
    </Card>
  );
}

const OnCall = ({ of: { primary, secondary, until } }: { of: Current }) => (
  <>
    <li>
      <Face name={primary?.name ?? null} large />
      <div class="grow">
        <div class="row wrap">
          <strong>{primary?.name ?? parts.nobody}</strong>
          {primary?.override && <Badge tone="on">{words.override}</Badge>}
        </div>
        <div class="small second">{primary ? words.primary : words.nobody}</div>
        {!primary?.override && until && (
          <div class="small muted">
            <Until at={until} />
          </div>
        )}
        {primary?.override && primary.expires_at && (
          <div class="small second">
            <Until at={primary.expires_at} />
            {primary.reason && <span class="muted"> {words.because(primary.reason)}</span>}
          </div>
        )}
      </div>
    </li>
    <li>
      <Face name={secondary?.name ?? null} large />
      <div class="grow">
        <strong>{secondary?.name ?? parts.nobody}</strong>
        <div class="small second">{secondary ? words.secondary : words.noSecondary}</div>
      </div>
    </li>
  </>
);

/** `until Mon 09:00, in 2 d 4 h`: the span runs only while what is shown is live. */
export function Until({ at }: { at: string }) {
  const left = (Date.parse(at) - now.value) / 1_000;
  return (
    <>
      <At at={at}>{words.until(when(at))}</At>
      {isLive.value && left > 60 && <span>, {words.inSpan(span(left - (left % 60)))}</span>}
    </>
  );
}

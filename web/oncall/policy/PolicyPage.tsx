import '../oncall.css';
import { useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { ProblemBanner } from '../../live/problems';
import { usePeople } from '../../people';
import { ports } from '../../ports';
import { mayAsk } from '../../session';
import { policyWords as words } from '../../text/policy';
import { Button } from '../../ui/button';
import { Card, Skeleton } from '../../ui/card';
import { Page } from '../../ui/page';
import { when } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { TeamTabs } from '../TeamTabs';
import { type Policy, policyOf, type Stored } from './draft';
import { Ladder } from './Ladder';
import { PolicyEditor } from './PolicyEditor';
import { PreviewCard } from './PreviewCard';

/** A team's policy as sentences, and a preview of who is paged when. */
export function PolicyPage() {
  const { params } = useRoute();
  const team = params['team'] ?? '';
  const { query } = useLocation();
  const step = /^\d{1,2}$/.test(query['step'] ?? '') ? Number(query['step']) : null;
  const [editing, edit] = useState(step !== null && mayAsk('oncall', 'putPolicy'));
  const [draft, setDraft] = useState<Policy | null>(null);
  const stored = useQuery(`policy ${team}`, () => ports.oncall.getPolicy({ team }), { modules: ['oncall'] });
  const { value, problem } = stored;
  return (
    <Page
      title={words.title(team)}
      below={<TeamTabs team={team} current="policy" />}
      actions={
        !editing &&
        value !== undefined &&
        mayAsk('oncall', 'putPolicy') && (
          <div class="acts">
            <Button icon="edit" onClick={() => edit(true)}>
              {words.edit}
            </Button>
          </div>
        )
      }
    >
      {problem !== null && <ProblemBanner problem={problem} onAgain={stored.again} />}
      {value === undefined ? (
        problem === null && <Skeleton rows={3} />
      ) : (
        <div class="cols half start">
          {editing ? (
            <PolicyEditor
              stored={value}
              step={step}
              onDraft={setDraft}
              onDone={() => {
                edit(false);
                setDraft(null);
                void stored.again();
              }}
            />
          ) : (
            <PolicyCard of={value} />
          )}
          <PreviewCard team={team} policy={value.version} draft={draft} />
        </div>
      )}
    </Page>
  );
}

export function PolicyCard({ of }: { of: Stored }) {
  const names = useNames();
  const footer =
    of.updated_by !== null && of.updated_at !== null ? words.changedBy(of.updated_by, when(of.updated_at)) : null;
  return (
    <Card
      title={words.heading}
      end={<span class="muted">{words.lead}</span>}
      footer={<span class="small muted">{of.is_default ? words.isDefault : footer}</span>}
    >
      <Ladder of={policyOf(of)} names={names} />
    </Card>
  );
}

/** Names of people by their address. */
function useNames(): ReadonlyMap<string, string> {
  const people = usePeople();
  return new Map((people.value ?? []).map(({ email, name }) => [email, name]));
}

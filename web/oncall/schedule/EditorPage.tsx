import '../oncall.css';
import { useRoute } from 'preact-iso';
import { ProblemBanner } from '../../live/problems';
import { usePeople } from '../../people';
import { ports } from '../../ports';
import { scheduleWords as words } from '../../text/schedule';
import { Skeleton } from '../../ui/card';
import { Page } from '../../ui/page';
import { useQuery } from '../../useQuery';
import { Editor } from './Editor';
import { seenOf } from './stored';

/**
 * The editor of a schedule with layers. The draft stays in the page until it is saved as a new version; the server
 * computes a preview of the next weeks. Saving sends the version that was opened, so that another person's save is
 * never overwritten unseen.
 */
export function EditorPage() {
  const { params } = useRoute();
  const team = params['team'] ?? '';
  const stored = useQuery(`schedule ${team}`, () => ports.oncall.getSchedule({ team }));
  const people = usePeople();
  if (stored.problem !== null && stored.problem.kind !== 'not-found') {
    return (
      <Page title={words.title(team)}>
        <ProblemBanner problem={stored.problem} onAgain={stored.again} />
      </Page>
    );
  }
  const fresh = stored.problem?.kind === 'not-found';
  if (stored.value === undefined && !fresh) {
    return (
      <Page title={words.title(team)}>
        <Skeleton rows={5} />
      </Page>
    );
  }
  const seen = stored.value === undefined ? null : seenOf(stored.value);
  return <Editor key={seen?.version ?? 'new'} team={team} seen={seen} people={people.value ?? []} />;
}

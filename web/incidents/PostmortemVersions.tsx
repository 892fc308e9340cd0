import { useSignal } from '@preact/signals';
import { FormDialog } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { type Ports, ports } from '../ports';
import { mayAsk } from '../session';
import { postmortem as words } from '../text/postmortem';
import { Button } from '../ui/button';
import { Skeleton } from '../ui/card';
import { Dialog } from '../ui/dialog';
import { Markdown } from '../ui/markdown';
import { At } from '../ui/time';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { authorOf, type Latest, ofPostmortem } from './postmortemEditing';

/** The earlier versions of a post-mortem: each can be read, and restored as a new version. */

type Version = Awaited<ReturnType<Ports['incidents']['postmortemVersions']>>['versions'][number];

/** The number of versions that the server keeps: the first and the newest. */
const MOST_KEPT = 200;

interface VersionsProps {
  /** The incident. */
  of: string;
  latest: Latest;
  /** The unsaved text would conflict with a restored version. */
  unsaved: boolean;
  onRestored(made: Latest): void;
}

export function Versions({ of, latest, unsaved, onRestored }: VersionsProps) {
  const open = useSignal(false);
  const shown = useSignal<Version | null>(null);
  const asked = useQuery(
    open.value ? `postmortem versions ${of} ${latest.version}` : null,
    () => ports.incidents.postmortemVersions({ id: of }),
    ofPostmortem(of),
  );
  return (
    <details class="versions" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{words.versions(Math.min(latest.version, MOST_KEPT))}</summary>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={() => void asked.again()} />}
      {open.value && !asked.value && !asked.problem && <Skeleton rows={2} />}
      {asked.value && (
        <ul class="list card" aria-label={words.versionsLabel}>
          {asked.value.versions.map((each) => (
            <li key={each.version}>
              <div class="grow">
                <strong>{words.version(each.version)}</strong>{' '}
                <span class="second">
                  <At at={each.saved_at}>{words.by(authorOf(each), when(each.saved_at))}</At>
                </span>
              </div>
              <Button small label={words.showVersion(each.version)} onClick={() => (shown.value = each)}>
                {words.show}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {shown.value && (
        <OneVersion
          of={of}
          version={shown.value}
          latest={latest}
          unsaved={unsaved}
          onRestored={onRestored}
          onClose={() => (shown.value = null)}
        />
      )}
    </details>
  );
}

function OneVersion({
  of,
  version,
  latest,
  unsaved,
  onRestored,
  onClose,
}: VersionsProps & { version: Version; onClose(): void }) {
  const asked = useQuery(`postmortem ${of} version ${version.version}`, () =>
    ports.incidents.postmortemVersion({ id: of, version: version.version }),
  );
  const text = asked.value?.text;
  const title = words.version(version.version);
  const older = mayAsk('incidents', 'savePostmortem') && version.version < latest.version;
  const body = (
    <>
      <p class="second">{words.by(authorOf(version), when(version.saved_at))}</p>
      {older && unsaved && <p>{words.restoreWaits}</p>}
      {asked.problem && <ProblemBanner problem={asked.problem} />}
      {text === undefined ? !asked.problem && <Skeleton rows={4} /> : <Markdown text={text} />}
    </>
  );
  if (!older || unsaved || text === undefined) {
    return (
      <Dialog title={title} onClose={onClose}>
        {body}
      </Dialog>
    );
  }
  const restore = async () => {
    const made = await ports.incidents.savePostmortem({ id: of, text, version: latest.version });
    onRestored(made);
    say(words.saved(made.version));
  };
  return (
    <FormDialog title={title} verb={words.restore} onClose={onClose} act={restore}>
      {body}
    </FormDialog>
  );
}

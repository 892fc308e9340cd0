import { useState } from 'preact/hooks';
import { Confirm, useSubmitting } from '../../live/forms';
import { ProblemBanner } from '../../live/problems';
import { type Ports, ports } from '../../ports';
import { role } from '../../session';
import { feedWords as words } from '../../text/oncallFeeds';
import { Button } from '../../ui/button';
import { Card, Skeleton } from '../../ui/card';
import { Code } from '../../ui/code';
import { Dialog } from '../../ui/dialog';
import { Ago } from '../../ui/time';
import { say } from '../../ui/toast';
import { useQuery } from '../../useQuery';

/** The secret calendar feeds of a team's schedule, or of the viewer's own shifts in every team (`team` is null). */

type Feed = Awaited<ReturnType<Ports['oncall']['feeds']>>['feeds'][number];
type Made = Awaited<ReturnType<Ports['oncall']['createFeed']>>;

export function Feeds({ team }: { team: string | null }) {
  // Administrators see all feeds of a team; a feed of a person's own shifts is shown to that person alone.
  const everybody = team !== null && role.value === 'admin' ? 'true' : 'false';
  const asked = useQuery(`feeds ${everybody}`, () => ports.oncall.feeds({ everybody }), { modules: ['oncall'] });
  const [made, setMade] = useState<Made | null>(null);
  const [revoking, revoke] = useState<Feed | null>(null);
  const making = useSubmitting();
  const make = () => making.submit(async () => setMade(await ports.oncall.createFeed({ team }))).then(asked.again);
  const mine = asked.value?.feeds.filter((feed) => feed.team === team);
  const problem = making.problem ?? asked.problem;
  return (
    <Card
      title={words.title}
      footer={
        <Button small icon="plus" busy={making.busy} onClick={() => void make()}>
          {words.make}
        </Button>
      }
    >
      <p class="pad small second">{team === null ? words.ofMine : words.ofTeam(team)}</p>
      {problem !== null && (
        <div class="pad">
          <ProblemBanner problem={problem} />
        </div>
      )}
      {mine === undefined ? (
        asked.problem === null && <Skeleton rows={1} />
      ) : (
        <Links of={mine} everybody={everybody === 'true'} onRevoke={revoke} />
      )}
      {made !== null && <Once of={made} onClose={() => setMade(null)} />}
      {revoking !== null && (
        <Confirm
          title={words.revoking.title}
          text={words.revoking.text}
          verb={words.revoking.verb}
          keep={words.revoking.keep}
          onClose={() => {
            revoke(null);
            void asked.again();
          }}
          act={async () => {
            await ports.oncall.revokeFeed({ id: revoking.id });
            say(words.revoking.done);
          }}
        />
      )}
    </Card>
  );
}

const madeBy = ({ created_by, left_behind, ended_at }: Feed): string =>
  ended_at ? words.keyRevoked(created_by) : left_behind ? words.leftBehind(created_by) : words.madeBy(created_by);

interface LinksProps {
  of: readonly Feed[];
  everybody: boolean;
  onRevoke(feed: Feed): void;
}

function Links({ of, everybody, onRevoke }: LinksProps) {
  if (of.length === 0) return null;
  return (
    <ul class="list">
      {of.map((feed) => (
        <li key={feed.id}>
          <div class="grow">
            <div>{words.link}</div>
            {everybody && <div class="small second">{madeBy(feed)}</div>}
            <div class="small muted dots">
              <span>
                {words.made} <Ago at={feed.created_at} />
              </span>
              <span>
                {feed.last_fetched_at === null ? (
                  words.neverRead
                ) : (
                  <>
                    {words.lastRead} <Ago at={feed.last_fetched_at} />
                  </>
                )}
              </span>
            </div>
          </div>
          <Button small quiet onClick={() => onRevoke(feed)}>
            {words.revoke}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** The address is shown once: only its hash is stored. */
const Once = ({ of: { url, webcal_url }, onClose }: { of: Made; onClose(): void }) => (
  <Dialog title={words.onceTitle} onClose={onClose}>
    <p class="second">{words.once}</p>
    <Code label={words.address}>{url}</Code>
    <div class="acts">
      <Button main icon="link" href={webcal_url}>
        {words.subscribe}
      </Button>
    </div>
  </Dialog>
);

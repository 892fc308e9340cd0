import { origin } from '../base';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { integrations as words } from '../text/integrations';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Badge } from '../ui/icons';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { type Touch, useQuery } from '../useQuery';
import { type Format, useFormats } from './formats';
import { SnippetTabs } from './SnippetTabs';
import { snippetsOfApi } from './snippets';

export type Integration = Awaited<ReturnType<typeof ports.alerts.listIntegrations>>['integrations'][number];
export const hrefOfIntegration = (id: string): string => `/integrations/${id}`;

/** The last contact is stored after the alerts, and a rejected report has no event, so both are polled. */
export const HEARD: Touch = { modules: ['alerts'], everyMs: 3_000 };

/** The integrations with their keys, and how scripts report without one. */
export function IntegrationsPage() {
  const list = useQuery('integrations', () => ports.alerts.listIntegrations({}), HEARD);
  const formats = useFormats();
  const all = list.value?.integrations;
  const living = all?.filter(({ revoked_at }) => revoked_at === null) ?? [];
  const sorted = [...living, ...(all?.filter(({ revoked_at }) => revoked_at !== null) ?? [])];
  return (
    <Page
      title={words.title}
      below={living.length > 0 && <p class="second">{words.below(living.length)}</p>}
      actions={
        mayAsk('alerts', 'createIntegration') && (
          <div class="acts">
            <Button main icon="plus" href="/integrations/new">
              {words.add}
            </Button>
          </div>
        )
      }
    >
      {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
      <Card title={words.title} hideTitle>
        {all === undefined ? (
          <Skeleton rows={3} />
        ) : all.length === 0 ? (
          <Empty title={words.none.title}>
            <p>{words.none.text}</p>
          </Empty>
        ) : (
          <ul class="list">
            {sorted.map((integration) => (
              <Row
                key={integration.id}
                of={integration}
                format={formats.value?.formats.find(({ id }) => id === integration.format)}
              />
            ))}
          </ul>
        )}
      </Card>
      <Card
        title={words.scripts.title}
        end={mayAsk('gateway', 'createKey') && <a href="/admin?tab=keys">{words.scripts.keys}</a>}
      >
        <div class="pad stack">
          <p class="second">{words.scripts.text}</p>
          <SnippetTabs label={words.scripts.title} of={snippetsOfApi(origin())} />
        </div>
      </Card>
    </Page>
  );
}

const Row = ({
  of: { id, name, format: formatId, key_prefix, last_seen_at, revoked_at },
  format,
}: {
  of: Integration;
  format: Format | undefined;
}) => (
  <li>
    <div class="grow">
      <a class="t" href={hrefOfIntegration(id)}>
        {name}
      </a>
      <div class="small muted dots">
        <span>{format?.title ?? formatId}</span>
        <span class="mono">{key_prefix}…</span>
      </div>
    </div>
    <Seen at={last_seen_at} revoked={revoked_at !== null} />
  </li>
);

/** Whether the tool has reported, and when it did last. */
export const Seen = ({ at, revoked }: { at: string | null; revoked: boolean }) => {
  if (revoked) return <Badge>{words.revoked}</Badge>;
  if (at === null) return <Badge tone="warn">{words.waiting}</Badge>;
  return (
    <span class="small second nowrap">
      <span class="wide">{words.seen} </span>
      <Ago at={at} />
    </span>
  );
};

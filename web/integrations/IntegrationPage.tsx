import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { origin } from '../base';
import { lazyPart } from '../lazy';
import { Confirm } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { integrations as words } from '../text/integrations';
import { count } from '../text/parts';
import { payloadTest } from '../text/payloadTest';
import { Button } from '../ui/button';
import { Banner, Card, Empty, Facts, Skeleton } from '../ui/card';
import { Code } from '../ui/code';
import { Page } from '../ui/page';
import { Ago, At } from '../ui/time';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { FirstEvent } from './FirstEvent';
import { type Format, KEY_GOES_HERE, snippetsOf, useFormats } from './formats';
import { HEARD, type Integration, Seen } from './IntegrationsPage';
import { justMade } from './made';
import { MappingEditor } from './mapping/MappingEditor';
import { Progress } from './Progress';
import { Rejected } from './Rejected';
import './integrations.css';
import { RotateKey } from './RotateKey';
import { Settings, SettingsDialog } from './Settings';
import { SnippetTabs } from './SnippetTabs';

const PayloadTest = lazyPart(() => import('./PayloadTest').then(({ PayloadTest: part }) => part));

/** One integration: its key (shown once), the set-up of its tool, and its rejected reports. */
export function IntegrationPage() {
  const { params } = useRoute();
  const { route } = useLocation();
  const list = useQuery('integrations', () => ports.alerts.listIntegrations({}), HEARD);
  const formats = useFormats();
  const revoking = useSignal(false);
  const changing = useSignal(false);
  const rotating = useSignal(false);
  const testing = useSignal(false);
  const integration = list.value?.integrations.find(({ id }) => id === params['id']);
  const made = justMade.value?.id === params['id'] ? justMade.value : null;
  // The key is forgotten when the viewer leaves, so that the next person at this screen does not see it.
  useEffect(
    () => () => {
      justMade.value = null;
    },
    [],
  );
  if (!integration) {
    return (
      <Page title={words.title}>
        {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
        <Card title={words.title} hideTitle>
          {list.value === undefined ? <Skeleton rows={4} /> : <Gone />}
        </Card>
      </Page>
    );
  }
  const living = integration.revoked_at === null;
  const format = formats.value?.formats.find(({ id }) => id === integration.format);
  return (
    <Page
      title={integration.name}
      above={
        <a class="small" href="/integrations">
          {words.title}
        </a>
      }
      actions={
        living &&
        mayAsk('alerts', 'revokeIntegration') && (
          <div class="acts">
            <Button onClick={() => (testing.value = true)}>{payloadTest.open}</Button>
            <Button onClick={() => (rotating.value = true)}>{words.rotate.button}</Button>
            <Button danger onClick={() => (revoking.value = true)}>
              {words.revoke}
            </Button>
          </div>
        )
      }
    >
      {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
      {living && integration.first_alert_id === null && (
        <Progress at={integration.last_seen_at === null ? 'setUp' : 'first'} />
      )}
      {made && (
        <div class="stack">
          <Banner>{words.once}</Banner>
          <Code label={words.address}>{made.url}</Code>
        </div>
      )}
      <div class="cols two">
        <div class="stack">
          {living && (
            <Card title={words.setUp}>
              <div class="pad stack">
                {!made && <p class="second">{words.placeholder(KEY_GOES_HERE)}</p>}
                {formats.problem && <ProblemBanner problem={formats.problem} onAgain={formats.again} />}
                {format ? (
                  <SnippetTabs label={words.setUp} of={snippetsOf(format, { origin: origin(), key: made?.key })} />
                ) : (
                  !formats.value && <Skeleton rows={4} />
                )}
              </div>
            </Card>
          )}
          {living && integration.first_alert_id === null && <FirstEvent of={integration} />}
          {mayAsk('alerts', 'rejected') && <Rejected id={integration.id} />}
        </div>
        <div class="stack">
          {(!living || integration.first_alert_id !== null) && <FirstEvent of={integration} />}
          <About of={integration} format={format} />
          <Settings
            of={integration}
            end={
              living &&
              mayAsk('alerts', 'updateIntegration') && (
                <Button small onClick={() => (changing.value = true)}>
                  {words.settings.change}
                </Button>
              )
            }
          />
        </div>
      </div>
      {living && format?.mapped && mayAsk('alerts', 'updateIntegration') && (
        <MappingEditor of={integration} onSaved={() => void list.again()} />
      )}
      {changing.value && (
        <SettingsDialog
          of={integration}
          format={format}
          onClose={() => {
            changing.value = false;
            void list.again();
          }}
        />
      )}
      {testing.value && <PayloadTest id={integration.id} onClose={() => (testing.value = false)} />}
      {rotating.value && (
        <RotateKey
          of={integration}
          onClose={() => {
            rotating.value = false;
            void list.again();
          }}
        />
      )}
      {revoking.value && (
        <Revoke
          of={integration}
          onClose={() => {
            revoking.value = false;
            void list.again();
          }}
          onDone={() => route('/integrations')}
        />
      )}
    </Page>
  );
}

const Gone = () => (
  <Empty title={words.gone.title}>
    <div class="acts">
      <Button href="/integrations">{words.gone.back}</Button>
    </div>
  </Empty>
);

const About = ({ of, format }: { of: Integration; format: Format | undefined }) => (
  <Card title={words.columns.name}>
    <div class="pad">
      <Facts
        of={[
          [
            words.facts.seen,
            of.last_seen_at === null && of.revoked_at === null ? (
              words.facts.notSeen
            ) : (
              <Seen at={of.last_seen_at} revoked={of.revoked_at !== null} />
            ),
          ],
          [words.facts.format, format?.title ?? of.format],
          [words.facts.key, <span class="mono">{words.facts.keyStarts(of.key_prefix)}</span>],
          ...(of.old_key === null
            ? []
            : ([
                [
                  words.rotate.old,
                  <>
                    {words.rotate.ends(of.old_key.key_prefix)}{' '}
                    <At at={of.old_key.ends_at}>{when(of.old_key.ends_at)}</At>
                  </>,
                ],
              ] as const)),
          [
            words.counters.accepted,
            <>
              {count(of.accepted)}{' '}
              {of.deduplicated > 0 && <span class="muted">{words.counters.repeated(count(of.deduplicated))}</span>}
            </>,
          ],
          [words.counters.rejected, count(of.rejections)],
          ...(of.rate_limited === 0 ? [] : ([[words.counters.limited, count(of.rate_limited)]] as const)),
          ...(of.last_rejection === null
            ? []
            : ([
                [
                  words.counters.lastReason,
                  <>
                    {of.last_rejection.reason}{' '}
                    <span class="small muted">
                      <Ago at={of.last_rejection.at} />
                    </span>
                  </>,
                ],
              ] as const)),
          [
            words.facts.made,
            <>
              <Ago at={of.created_at} /> {words.facts.madeBy(of.created_by)}
            </>,
          ],
        ]}
      />
    </div>
  </Card>
);

const Revoke = ({ of: { id, name }, onClose, onDone }: { of: Integration; onClose(): void; onDone(): void }) => (
  <Confirm
    {...words.revoking}
    title={words.revoking.title(name)}
    onClose={onClose}
    act={async () => {
      await ports.alerts.revokeIntegration({ id });
      say(words.revoking.done(name));
      onDone();
    }}
  />
);

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useRoute } from 'preact-iso';

import type { Incident } from '../../src/incidents/contract';
import { linksOf, SourceLinks } from '../alerts/SourceLinks';
import { lazyPart } from '../lazy';
import { isLive } from '../live/connection';
import { ProblemBanner } from '../live/problems';
import { ports, type problemOf } from '../ports';
import { PersonLink } from '../reach/PersonLink';
import { mayAsk, me } from '../session';
import { useKeys } from '../shell/keys';
import { type PageAction, usePageActions } from '../shell/shown';
import { acknowledgementWords } from '../text/acknowledgements';
import { incident as words } from '../text/incident';
import { count } from '../text/parts';
import { postmortem } from '../text/postmortem';
import { Banner, Card, Empty, Facts, Skeleton } from '../ui/card';
import { SeverityMark, StatePill } from '../ui/icons';
import { Panel, Tabs } from '../ui/navigation';
import { Page, useUnsavedGuard } from '../ui/page';
import { Age, At } from '../ui/time';
import { span, when } from '../ui/times';
import { useQuery } from '../useQuery';
import { Actions, type Asked } from './Actions';
import { EscalationCall } from './Clock';
import { titleOf } from './cells';
import { concerning } from './eventFilter';
import { Alerts, DeliveryList } from './IncidentTabs';
import {
  acknowledgedSoFar,
  escalateNow,
  isBusy,
  isResting,
  lead,
  type Move,
  mayBecome,
  move,
  newest,
} from './incidentActions';
import { PostmortemTab } from './PostmortemTab';
import { isKeptHere, leaveUnsaved, unsavedOf } from './postmortemUnsaved';
import { NotPaged, routedFacts } from './Routing';
import { TimelineTab } from './Timeline';
import type { Whole } from './timelineSentence';

const AffectedAlerts = lazyPart(() => import('./Affected').then(({ AffectedAlerts: part }) => part));
const dialogs = () => import('./dialogs');
const Rate = lazyPart(() => dialogs().then(({ Rate: part }) => part));
const Reassign = lazyPart(() => dialogs().then(({ Reassign: part }) => part));
const Snooze = lazyPart(() => dialogs().then(({ Snooze: part }) => part));
const Changes = lazyPart(() => import('./Changes').then(({ Changes: part }) => part));
const WhyTab = lazyPart(() => import('./WhyTab').then(({ WhyTab: part }) => part));
const SilenceIncident = lazyPart(() => import('../silences/SilenceThis').then(({ SilenceIncident: part }) => part));

/** One incident: its facts, its escalation, its timeline and the actions that its state allows. */
export function IncidentPage() {
  const id = useRoute().params['id'] ?? '';
  const asked = useQuery(`incident ${id}`, () => ports.incidents.get({ id }), {
    modules: ['incidents', 'notify'],
    by: concerning(id),
  });
  if (asked.problem && (asked.problem.kind === 'not-found' || asked.problem.kind === 'malformed')) return <Gone />;
  if (asked.problem && !asked.value) return <ProblemBanner problem={asked.problem} onAgain={asked.again} />;
  if (!asked.value || asked.turning) return <Skeleton rows={6} />;
  return <Shown of={newest(asked.value)} again={asked.again} problem={asked.problem} />;
}

const Gone = () => (
  <Page title={words.gone.title}>
    <Card title={words.gone.title} hideTitle>
      <Empty title={words.gone.text}>
        <a href="/incidents">{words.all}</a>
      </Empty>
    </Card>
  </Page>
);

const TABS = ['timeline', 'alerts', 'notified', 'why', 'postmortem'] as const;
type TabName = (typeof TABS)[number];

interface ShownProps {
  of: Whole;
  again(): Promise<void>;
  problem: ReturnType<typeof problemOf> | null;
}

function Shown({ of, again, problem }: ShownProps) {
  const dialog = useSignal<Asked | null>(null);
  const tab = useSignal<TabName>('timeline');
  const deliveries = useQuery(`deliveries ${of.id}`, () => ports.notify.ofIncident({ incident_id: of.id }), {
    modules: ['notify'],
    by: concerning(of.id),
  });
  const unsaved = unsavedOf(of.id) !== null;
  useUnsavedGuard(unsaved);
  useEffect(() => () => leaveUnsaved(of.id), [of.id]);
  const may = mayAsk('incidents', 'update');
  const act = (to: Move) => {
    const isAsked = to === 'acknowledged' && acknowledgedSoFar(of)?.byMe === false;
    if (may && isLive.peek() && (isAsked || mayBecome(of.status, to)))
      void move(of, to, me.peek()?.username ?? null, again).then(again);
  };
  useKeys({
    a: () => act('acknowledged'),
    r: () => act('resolved'),
    e: () => {
      if (may && isLive.peek() && of.status !== 'resolved') void escalateNow(of);
    },
    n: () => {
      tab.value = 'timeline';
      setTimeout(() => document.getElementById('note')?.focus(), 0);
    },
  });
  const back = (way: 'reopen' | 'unacknowledge') => {
    if (isLive.peek() && !isResting(of.id)) void lead(of.id, way).then(again);
  };
  usePageActions(may ? actionsOn(of.status, back) : [], [of.id, of.status, may]);
  const close = () => {
    dialog.value = null;
    void again();
  };
  const title = titleOf(of);
  return (
    <Page
      title={title}
      above={
        <nav class="small" aria-label={words.breadcrumb}>
          <a class="second" href="/incidents">
            {words.all}
          </a>{' '}
          <span class="muted">/</span> <span class="mono muted">{of.id.slice(0, 8)}</span>
        </nav>
      }
      below={<Below of={of} />}
      actions={may && <Actions of={of} act={act} ask={(what) => (dialog.value = what)} again={again} />}
    >
      {problem && <ProblemBanner problem={problem} onAgain={again} />}
      <Warnings of={of} />
      <EscalationCall of={of} />
      <div class="cols two">
        <div class="stack">
          <Tabs
            label={words.tabs.label}
            current={tab.value}
            onPick={(id) => (tab.value = id as TabName)}
            tabs={[
              { id: 'timeline', text: words.tabs.timeline, count: of.timeline.length },
              { id: 'alerts', text: words.tabs.alerts, count: of.alerts_total },
              {
                id: 'notified',
                text: words.tabs.notified,
                count: deliveries.value ? count(deliveries.value.total) : undefined,
              },
              { id: 'why', text: words.tabs.why },
              { id: 'postmortem', text: unsaved || isKeptHere(of.id) ? postmortem.tabUnsaved : words.tabs.postmortem },
            ]}
          />
          <Panel of={tab.value}>
            {tab.value === 'timeline' && (
              <TimelineTab of={of} deliveries={deliveries.value?.notifications} onNoted={again} />
            )}
            {tab.value === 'alerts' && <Alerts of={of} />}
            {tab.value === 'notified' && <DeliveryList of={deliveries.value?.notifications} />}
            {tab.value === 'why' && <WhyTab of={of} concerns={concerning(of.id)} />}
            {tab.value === 'postmortem' && <PostmortemTab key={of.id} of={of} />}
          </Panel>
        </div>
        <div class="stack">
          <FactsCard of={of} />
          <AffectedAlerts of={of} />
          <Changes of={of} />
          {tab.value !== 'notified' && (
            <Card title={words.notified.title}>
              <DeliveryList of={deliveries.value?.notifications.slice(0, 6)} small />
            </Card>
          )}
          {tab.value !== 'alerts' && of.alerts.length > 0 && (
            <Card title={words.alerts.title} count={of.alerts_total}>
              <Alerts of={of} small />
            </Card>
          )}
        </div>
      </div>
      {dialog.value === 'reassign' && <Reassign of={of} onClose={close} />}
      {dialog.value === 'snooze' && <Snooze of={of} onClose={close} />}
      {dialog.value === 'silence' && <SilenceIncident of={of.alerts} onClose={close} />}
      {dialog.value === 'rate' && <Rate of={of} onClose={close} />}
    </Page>
  );
}

/** The actions that the palette offers for this status. */
function actionsOn(status: Incident['status'], back: (way: 'reopen' | 'unacknowledge') => void): PageAction[] {
  if (status === 'open') return [];
  if (status === 'resolved') return [{ text: words.reopen, go: () => back('reopen') }];
  return [{ text: words.unacknowledge, go: () => back('unacknowledge') }];
}

/** What a responder must know of this incident beside its state. */
const Warnings = ({ of }: { of: Whole }) => (
  <>
    <NotPaged of={of} />
    <SoFar of={of} />
    {of.hidden_alerts > 0 && <Banner tone="warn">{words.hidden(of.hidden_alerts)}</Banner>}
    {of.flapping && <Banner tone="warn">{words.flappingMeans}</Banner>}
  </>
);

const SoFar = ({ of }: { of: Whole }) => {
  const soFar = acknowledgedSoFar(of);
  return soFar && <Banner tone="warn">{acknowledgementWords.soFar(soFar.count, soFar.wanted)}</Banner>;
};

const Below = ({ of }: { of: Whole }) => (
  <>
    <AcknowledgedBy of={of} />
    {of.description !== null && <p class="second lines">{of.description}</p>}
    <SourceLinks of={linksOf(of.links, of.alerts)} />
  </>
);

/** The person of the last acknowledgement, if the incident is acknowledged or in progress. */
function acknowledgedBy({ status, timeline }: Whole): string | null {
  if (status !== 'acknowledged' && status !== 'in_progress') return null;
  const last =
    timeline.findLast(({ event_type: type }) => type === 'acknowledged') ??
    timeline.findLast(({ event_type: type }) => type === 'in_progress');
  return last ? words.acknowledgedBy(last.actor, when(last.created_at)) : null;
}

const AcknowledgedBy = ({ of }: { of: Whole }) => (
  <div class="row wrap">
    <Acknowledged of={of} />
    <SeverityMark of={of.severity} />
    <StatePill of={of.status} busy={isBusy(of.id)} />
    <span class="second dots">
      <a href={`/services/${encodeURIComponent(of.service)}`}>{of.service}</a>
      {of.team && <span>{of.team}</span>}
      <span>
        {of.resolved_at ? words.took : words.openFor}{' '}
        <strong>
          <Age at={of.created_at} until={of.resolved_at} long />
        </strong>
      </span>
    </span>
  </div>
);

const Acknowledged = ({ of }: { of: Whole }) => {
  const by = acknowledgedBy(of);
  return by === null ? null : <strong>{by}</strong>;
};

function FactsCard({ of }: { of: Incident }) {
  const { facts } = words;
  const instant = (at: string | null) =>
    at === null ? <span class="muted">{facts.notYet}</span> : <At at={at}>{when(at)}</At>;
  const spanOf = (seconds: number | null) =>
    seconds === null ? <span class="muted">{facts.notYet}</span> : span(seconds);
  return (
    <Card title={facts.title}>
      <div class="pad">
        <Facts
          of={[
            [facts.assignee, <PersonLink name={of.assigned_to} email={of.assignee_email} />],
            [facts.severity, <SeverityMark of={of.severity} />],
            [facts.service, <a href={`/services/${encodeURIComponent(of.service)}`}>{of.service}</a>],
            [facts.team, of.team ?? <span class="muted">{facts.none}</span>],
            ...routedFacts(of),
            [facts.opened, instant(of.created_at)],
            [facts.acknowledged, instant(of.acknowledged_at)],
            [facts.resolved, instant(of.resolved_at)],
            [facts.tta, spanOf(of.mtta_seconds)],
            [facts.ttr, spanOf(of.mttr_seconds)],
            [facts.id, <span class="mono small">{of.id}</span>],
          ]}
        />
      </div>
    </Card>
  );
}

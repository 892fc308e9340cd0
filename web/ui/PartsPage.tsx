import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Button } from './button';
import { Banner, Card, Empty, Facts, Skeleton } from './card';
import { Dialog } from './dialog';
import { AreaField, SelectField, TextField, Tick } from './field';
import { Badge, Person, type Severity, SeverityMark, type State, StatePill } from './icons';
import { Markdown } from './markdown';
import { Chip, Pages, Panel, Search, Segments, Tabs } from './navigation';
import { Page } from './page';
import { Age, Ago, Countdown } from './time';
import { now } from './times';
import { say } from './toast';

/** Every part in every state, for development. Pages are made of these parts only. */
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
const STATES: readonly State[] = ['open', 'acknowledged', 'in_progress', 'resolved'];
const CHOICES = [
  { value: 'a', text: 'First' },
  { value: 'b', text: 'Second' },
];

const Part = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <Card title={title}>
    <div class="pad stack">{children}</div>
  </Card>
);

export const PartsPage = () => (
  <Page title="Parts" below={<p class="second">Every part in every state.</p>}>
    <div class="flow">
      <Buttons />
      <Marks />
      <Times />
      <Fields />
      <Views />
      <Part title="Banner">
        <Banner>Three incidents arrived while you read.</Banner>
        <Banner tone="warn" action={<Button small>Try now</Button>}>
          Not connected since 03:13:40.
        </Banner>
        <Banner tone="bad">Not saved: somebody changed this at 03:12. Request 7f3a19c2.</Banner>
      </Part>
      <Part title="Empty and skeleton">
        <Empty title="No open incidents">
          <p>The last one closed 5 h ago.</p>
        </Empty>
        <Skeleton rows={2} />
      </Part>
      <Part title="Facts">
        <Facts
          of={[
            ['Service', 'payments-api'],
            ['Acknowledged', <span class="muted">not yet</span>],
          ]}
        />
      </Part>
      <Part title="Note">
        <Markdown text={'**Rolled back** `v41`\n\n- first\n- second\n\n> quoted\n\n```\ncode\n```'} />
      </Part>
    </div>
  </Page>
);

function Buttons() {
  const asked = useSignal(false);
  return (
    <Part title="Button, dialog, toast">
      <div class="acts">
        <Button main icon="check">
          Acknowledge
        </Button>
        <Button>Resolve</Button>
        <Button quiet>Clear</Button>
        <Button danger>Delete schedule</Button>
      </div>
      <div class="acts">
        <Button disabled="Only administrators can do this">Resolve</Button>
        <Button busy>Saving</Button>
        <Button icon="more" label="More actions" />
        <Button small>Small</Button>
        <Button main big>
          For a thumb
        </Button>
      </div>
      <div class="acts">
        <Button onClick={() => say('INC-4126 resolved', () => say('Open again'))}>Toast</Button>
        <Button onClick={() => (asked.value = true)}>Dialog</Button>
      </div>
      {asked.value && (
        <Dialog
          title="Resolve two incidents?"
          verb="Resolve two"
          onClose={() => (asked.value = false)}
          onSubmit={() => (asked.value = false)}
        >
          <p class="second">They close now.</p>
        </Dialog>
      )}
    </Part>
  );
}

const Marks = () => (
  <Part title="Severity, state, person, badge">
    <div class="row wrap">
      {SEVERITIES.map((of) => (
        <SeverityMark of={of} />
      ))}
    </div>
    <div class="row wrap">
      {STATES.map((of) => (
        <StatePill of={of} />
      ))}
    </div>
    <div class="row wrap">
      {['Ana', 'Ben Okafor', 'Chiara Rossi', 'Farid Rahimi', null].map((name) => (
        <Person name={name} />
      ))}
    </div>
    <div class="row wrap">
      <Badge>Planned</Badge>
      <Badge tone="on">Delivered, 1.4 s</Badge>
      <Badge tone="warn">Retry 03:14:11</Badge>
    </div>
  </Part>
);

function Times() {
  const past = new Date(now.peek() - 161_000).toISOString();
  const soon = new Date(now.peek() + 192_000).toISOString();
  return (
    <Part title="Times">
      <p class="dots">
        <Ago at={past} />
        <Age at={past} long />
      </p>
      <Countdown at={soon} what="Ben is paged" live />
      <Countdown at={soon} what="Ben is paged" live={false} small />
    </Part>
  );
}

const Fields = () => (
  <Part title="Field">
    <TextField label="Title" name="title" value="Card payments fail" />
    <TextField label="Wait" name="wait" value="0" fault="Between 1 and 240 minutes." />
    <SelectField label="Service" name="service" choices={CHOICES} value="b" hint="Its team is paged." />
    <AreaField label="Note" name="note" optional />
    <Tick label="Page even outside support hours" name="tick" />
  </Part>
);

function Views() {
  const tab = useSignal('timeline');
  const zoom = useSignal('a');
  const chip = useSignal<string | null>('a');
  return (
    <Part title="Search, chips, segments, tabs, pages">
      <Search label="Search" hint="Title, service or id" value="" onInput={() => {}} id="parts-search" />
      <div class="chips">
        <Chip name="Severity" set={chip.value} choices={CHOICES} onPick={(value) => (chip.value = value)} />
        <Chip name="Team" set={null} choices={CHOICES} onPick={() => {}} />
      </div>
      <Segments
        label="Zoom"
        of={[
          { id: 'a', text: 'Day' },
          { id: 'b', text: 'Weeks' },
        ]}
        current={zoom.value}
        onPick={(id) => (zoom.value = id)}
      />
      <Tabs
        label="Example"
        tabs={[
          { id: 'timeline', text: 'Timeline', count: 6 },
          { id: 'notified', text: 'Notified' },
        ]}
        current={tab.value}
        onPick={(id) => (tab.value = id)}
      />
      <Panel of={tab.value}>{tab.value}</Panel>
      <Pages page={2} perPage={25} total={1293} href={(page) => `/ui?page=${page}`} />
    </Part>
  );
}

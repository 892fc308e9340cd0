import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ProblemBanner } from '../../live/problems';
import { faultsOf, ports } from '../../ports';
import { mayAsk } from '../../session';
import { scheduleWords as words } from '../../text/schedule';
import { Button } from '../../ui/button';
import { Banner, Empty } from '../../ui/card';
import { TextField } from '../../ui/field';
import { Page, useUnsavedGuard } from '../../ui/page';
import { HERE, now } from '../../ui/times';
import { say } from '../../ui/toast';
import { Conflict } from '../Conflict';
import { viewOf } from '../calendar/days';
import { dateAt, instantOfLocal, isZone } from '../calendar/zones';
import { TeamTabs } from '../TeamTabs';
import { type DraftState, useDraft } from '../useDraft';
import { useFocused } from '../useFocusField';
import { type Draft, lackOf, layersThatDiffer, movedItem, newLayer, withLayer, without } from './draft';
import { LayerCard } from './LayerCard';
import { Preview } from './Preview';
import { questionOf, type SeenSchedule, seenOf } from './stored';

interface EditorProps {
  team: string;
  seen: SeenSchedule | null;
  people: readonly { name: string; email: string }[];
}

export function Editor({ team, seen, people }: EditorProps) {
  const [since, setSince] = useState('');
  const editing = useSchedule(team, seen, since);
  useUnsavedGuard(editing.changed);
  useFocused(useLocation().query['add'] === 'person' ? 'person-name' : null);
  const { draft, theirs } = editing;
  const zone = isZone(draft.time_zone) ? draft.time_zone : 'UTC';
  const faults = editing.problem === null ? {} : faultsOf(editing.problem);
  const saved = () => say(words.saved);
  if (!mayAsk('oncall', 'putSchedule')) return <ReadOnly team={team} />;
  return (
    <Page
      title={words.title(team)}
      heading={seen === null ? words.newHeading : words.heading}
      below={<TeamTabs team={team} current="edit" />}
    >
      <Conflict editing={editing} differs={theirs === null ? '' : differs(draft, theirs.draft)} onSaved={saved} />
      {editing.problem !== null && <ProblemBanner problem={editing.problem} />}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void editing.save().then((done) => done && saved());
        }}
      >
        <div class="cols edit">
          <div class="stack">
            <Where editing={editing} since={since} setSince={setSince} faults={faults} />
            <Layers editing={editing} zone={zone} people={people} faults={faults} />
          </div>
          <div class="stack beside">
            <Preview team={seen === null ? null : team} draft={draft} zone={zone} />
            <SaveBar editing={editing} />
          </div>
        </div>
      </form>
      <datalist id="people-known">
        {people.map(({ name, email }) => (
          <option key={email} value={name}>
            {email}
          </option>
        ))}
      </datalist>
    </Page>
  );
}

function useSchedule(team: string, seen: SeenSchedule | null, since: string): DraftState<Draft> {
  return useDraft({
    seen,
    empty: { time_zone: HERE, layers: [] },
    load: async () => seenOf(await ports.oncall.getSchedule({ team })),
    store: async (draft, version) => {
      const from = since === '' ? null : new Date(instantOfLocal(draft.time_zone, since)).toISOString();
      return seenOf(await ports.oncall.putSchedule(questionOf(team, draft, version, from)));
    },
  });
}

function differs(mine: Draft, theirs: Draft): string {
  const names = layersThatDiffer(mine, theirs).map((name) => `“${name}”`);
  return names.length === 0 ? words.sameLayers : words.differs(names.join(', '));
}

const ReadOnly = ({ team }: { team: string }) => (
  <Page title={words.title(team)} below={<TeamTabs team={team} current="edit" />}>
    <Banner>{words.readOnly}</Banner>
  </Page>
);

interface WhereProps {
  editing: DraftState<Draft>;
  since: string;
  setSince(local: string): void;
  faults: Record<string, string>;
}

/** The zone of the schedule, and the start of the new version. */
function Where({ editing: { draft, edit }, since, setSince, faults }: WhereProps) {
  return (
    <div class="card pad fields">
      <TextField
        label={words.zone}
        name="time-zone"
        list="zones-known"
        required
        maxLength={64}
        autocomplete="off"
        value={draft.time_zone}
        hint={words.zoneHint}
        fault={faults['time_zone'] ?? (isZone(draft.time_zone) ? undefined : words.noZone)}
        onInput={({ currentTarget }) => edit((all) => ({ ...all, time_zone: currentTarget.value }))}
      />
      <TextField
        label={words.effective}
        name="effective-from"
        type="datetime-local"
        optional
        value={since}
        hint={words.effectiveHint}
        fault={faults['effective_from']}
        onInput={({ currentTarget }) => setSince(currentTarget.value)}
      />
      <datalist id="zones-known">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </div>
  );
}

interface LayersProps {
  editing: DraftState<Draft>;
  zone: string;
  people: EditorProps['people'];
  faults: Record<string, string>;
}

function Layers({ editing: { draft, edit }, zone, people, faults }: LayersProps) {
  const monday = viewOf('week', dateAt(zone, now.peek())).first;
  return (
    <>
      {draft.layers.length === 0 && (
        <div class="card">
          <Empty title={words.lacks.no_layers()} />
        </div>
      )}
      {draft.layers.map((layer, index) => (
        <LayerCard
          key={index}
          of={layer}
          number={index + 1}
          last={index === draft.layers.length - 1}
          zone={zone}
          people={people}
          faults={faultsUnder(faults, `layers.${index}.`)}
          onChange={(change) => edit((all) => withLayer(all, index, change))}
          onMove={(by) => edit((all) => ({ ...all, layers: movedItem(all.layers, index, by) }))}
          onRemove={() => edit((all) => ({ ...all, layers: without(all.layers, index) }))}
        />
      ))}
      <div>
        <Button icon="plus" onClick={() => edit((all) => ({ ...all, layers: [...all.layers, newLayer(all, monday)] }))}>
          {words.addLayer}
        </Button>
      </div>
    </>
  );
}

const faultsUnder = (faults: Record<string, string>, path: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(faults).flatMap(([name, message]) =>
      name.startsWith(path) ? [[name.slice(path.length), message]] : [],
    ),
  );

/** The missing values, or the Save button. */
function SaveBar({ editing: { draft, changed, busy, discard } }: { editing: DraftState<Draft> }) {
  const lack = lackOf(draft);
  const why = lack !== null ? words.lacks[lack.lack](lack.layer) : isZone(draft.time_zone) ? undefined : words.noZone;
  return (
    <div class="stack tight">
      {why !== undefined && <p class="small second">{why}</p>}
      <div class="acts">
        <Button type="submit" main busy={busy} disabled={why ?? (!changed && words.nothingChanged)}>
          {words.save}
        </Button>
        {changed && <Button onClick={discard}>{words.discard}</Button>}
      </div>
    </div>
  );
}

import { useState } from 'preact/hooks';
import { Refusal, useSubmitting } from '../../live/forms';
import { faultsOf, ports } from '../../ports';
import { mapping as words } from '../../text/mapping';
import { Button } from '../../ui/button';
import { Card, Skeleton } from '../../ui/card';
import { SelectField, TextField } from '../../ui/field';
import { useUnsavedGuard } from '../../ui/page';
import { Ago } from '../../ui/time';
import { say } from '../../ui/toast';
import { useQuery } from '../../useQuery';
import { HEARD, type Integration } from '../IntegrationsPage';
import { PreviewList } from './PreviewList';
import { chosen, type Draft, type Field, mappingOf } from './paths';
import { SampleTree } from './SampleTree';
import { usePreview } from './usePreview';

const FIELDS = Object.keys(words.fields) as Field[];

/** The mapping of an integration, made by example: the latest payload, an expression for each field, and what they read. */
export function MappingEditor({ of, onSaved }: { of: Integration; onSaved(): void }) {
  const sample = useQuery(`sample-${of.id}`, () => ports.alerts.sample({ id: of.id }), HEARD);
  const kept = sample.value?.sample;
  return (
    <Card title={words.title} end={kept && <Received at={kept.at} />}>
      <div class="pad">
        {sample.value === undefined ? (
          <Skeleton rows={4} />
        ) : kept ? (
          <Editor of={of} payload={kept.payload} at={kept.at} onSaved={onSaved} />
        ) : (
          <p class="second">{words.none}</p>
        )}
      </div>
    </Card>
  );
}

const Received = ({ at }: { at: string }) => (
  <span class="muted">
    {words.received} <Ago at={at} />
  </span>
);

interface EditorProps {
  of: Integration;
  payload: string;
  at: string;
  onSaved(): void;
}

function Editor({ of, payload, at, onSaved }: EditorProps) {
  const [draft, setDraft] = useState<Draft>(of.mapping ?? {});
  const [target, setTarget] = useState<Field>('message');
  const saving = useSubmitting();
  const { preview, problem } = usePreview(of.id, draft, at);
  const changed = JSON.stringify(mappingOf(draft)) !== JSON.stringify(mappingOf(of.mapping ?? {}));
  useUnsavedGuard(changed && !saving.busy);
  const faults = faultsIn(saving.faults, problem === null ? {} : faultsOf(problem));
  const save = async () => {
    await ports.alerts.updateIntegration({ id: of.id, if_match: of.version, mapping: mappingOf(draft) });
    say(words.saved);
    onSaved();
  };
  return (
    <div class="stack">
      <p class="second">{words.text}</p>
      <div class="cols two">
        <div class="stack">
          <SelectField
            label={words.target}
            name="target"
            value={target}
            choices={FIELDS.map((field) => ({ value: field, text: words.fields[field] }))}
            onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) =>
              setTarget(currentTarget.value as Field)
            }
          />
          <div class="code" role="group" aria-label={words.sample}>
            <SampleTree
              of={JSON.parse(payload)}
              target={words.fields[target]}
              onPick={(path, value) => setDraft(chosen(draft, target, path, value))}
            />
          </div>
        </div>
        <form
          class="stack"
          aria-label={words.expressions}
          onSubmit={(event) => {
            event.preventDefault();
            if (!saving.busy) void saving.submit(save);
          }}
        >
          <Refusal of={saving} fields={FIELDS.map((field) => `mapping.${field}`)} />
          {FIELDS.map((field) => (
            <TextField
              key={field}
              label={words.fields[field]}
              name={field}
              class="input mono"
              optional
              hint={words.hints[field]}
              fault={faults[field]}
              value={draft[field] ?? ''}
              maxLength={2_000}
              autocomplete="off"
              spellcheck={false}
              onFocus={() => setTarget(field)}
              onInput={({ currentTarget }) => setDraft({ ...draft, [field]: currentTarget.value })}
            />
          ))}
          <div class="acts">
            <Button type="submit" busy={saving.busy}>
              {words.save}
            </Button>
            {changed && (
              <Button quiet onClick={() => setDraft(of.mapping ?? {})}>
                {words.reset}
              </Button>
            )}
            <a class="small" href="https://docs.jsonata.org/simple" target="_blank" rel="noreferrer">
              {words.language}
            </a>
          </div>
        </form>
      </div>
      <PreviewList of={preview} problem={problem} />
    </div>
  );
}

/** Errors of the last saving and of the preview, by field. */
function faultsIn(saved: Record<string, string>, previewed: Record<string, string>): Record<string, string> {
  const all = Object.entries({ ...saved, ...previewed });
  return Object.fromEntries(all.map(([path, message]) => [path.replace(/^mapping\./, ''), message]));
}

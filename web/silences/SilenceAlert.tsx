import { useState } from 'preact/hooks';
import type { Alert } from '../../src/alerts/contract';
import { labelsOf } from '../alerts/labels';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { silences } from '../text/silences';
import { Tick } from '../ui/field';
import { say } from '../ui/toast';
import { commentField, endIn, hoursField } from './SilenceDialog';
import { matcherOf } from './view';

const { ofAlert: words, dialog } = silences;

/** Silences alerts like one: its service and labels as tick boxes, for two hours. */
export function SilenceAlert({ of, onClose }: { of: Alert; onClose(): void }) {
  const values: [string, string][] = [
    ['service', of.service],
    ...Object.entries(of.labels)
      .filter(([name]) => name !== 'service')
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, value]): [string, string] => [name, String(value)]),
  ];
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const act = async (form: FormData) => {
    const matchers = values.filter(([name]) => !left.has(name)).map(([name, value]) => matcherOf(name, value));
    await ports.alerts.createSilence({ matchers, ends_at: endIn(form), comment: textIn(form, 'comment') });
    say(dialog.done);
  };
  const toggle = (name: string): void => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    setLeft(next);
  };
  return (
    <FormDialog
      title={words.title}
      verb={dialog.addVerb}
      text={words.text}
      onClose={onClose}
      act={act}
      changed={left.size > 0}
      fields={[commentField(''), hoursField('2')]}
    >
      <fieldset class="stack">
        <legend class="small second">{words.labels}</legend>
        {values.map(([name, value]) => (
          <Tick
            key={name}
            checked={!left.has(name)}
            onChange={() => toggle(name)}
            label={<code>{labelsOf({ [name]: value })[0]}</code>}
          />
        ))}
      </fieldset>
    </FormDialog>
  );
}

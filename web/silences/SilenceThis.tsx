import { useState } from 'preact/hooks';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { silences } from '../text/silences';
import { Tick } from '../ui/field';
import { say } from '../ui/toast';
import { commentField, endIn, hoursField } from './SilenceDialog';
import { type Reported, type Trait, traitsOf } from './traits';

const { ofAlert, ofIncident, dialog } = silences;

interface SilenceThisProps {
  title: string;
  text: string;
  traits: readonly Trait[];
  onClose(): void;
}

/** Silences alerts by what they have in common: service and labels as tick boxes, for two hours. */
function SilenceThis({ title, text, traits, onClose }: SilenceThisProps) {
  const first = traits.filter(({ common }) => common).map(({ matcher }) => matcher);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set(first));
  const act = async (form: FormData) => {
    const matchers = traits.map(({ matcher }) => matcher).filter((matcher) => ticked.has(matcher));
    await ports.alerts.createSilence({ matchers, ends_at: endIn(form), comment: textIn(form, 'comment') });
    say(dialog.done);
  };
  const toggle = (matcher: string): void => {
    const next = new Set(ticked);
    if (!next.delete(matcher)) next.add(matcher);
    setTicked(next);
  };
  return (
    <FormDialog
      title={title}
      verb={dialog.addVerb}
      text={text}
      onClose={onClose}
      act={act}
      changed={ticked.size !== first.length || first.some((matcher) => !ticked.has(matcher))}
      fields={[commentField(''), hoursField('2')]}
    >
      <fieldset class="stack">
        <legend class="small second">{ofAlert.labels}</legend>
        {traits.map(({ matcher, text: shown }) => (
          <Tick
            key={matcher}
            checked={ticked.has(matcher)}
            onChange={() => toggle(matcher)}
            label={<code>{shown}</code>}
          />
        ))}
      </fieldset>
    </FormDialog>
  );
}

/** Silences alerts like one. */
export const SilenceAlert = ({ of, onClose }: { of: Reported; onClose(): void }) => (
  <SilenceThis {...{ title: ofAlert.title, text: ofAlert.text, traits: traitsOf([of]), onClose }} />
);

interface SilenceIncidentProps {
  /** The alerts of the incident. Those that fire decide, unless none does. */
  of: readonly (Reported & { firing: boolean })[];
  onClose(): void;
}

/** Silences alerts like those of an incident. */
export function SilenceIncident({ of, onClose }: SilenceIncidentProps) {
  const firing = of.filter((alert) => alert.firing);
  const traits = traitsOf(firing.length > 0 ? firing : of);
  return <SilenceThis {...{ title: ofIncident.title, text: ofIncident.text, traits, onClose }} />;
}

import { FormFields } from '../live/formFields';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { silences } from '../text/silences';
import { AreaField } from '../ui/field';
import { say } from '../ui/toast';
import { faultOf, linesIn, type Silence } from './view';

const { dialog: words } = silences;
const HOUR_MS = 3_600_000;
const FIRST_HOURS = '2';

/** The end of a silence from the field with its hours. */
export const endIn = (form: FormData): string =>
  new Date(Date.now() + Number(textIn(form, 'hours')) * HOUR_MS).toISOString();

const hoursLeft = ({ ends_at }: Silence): string => {
  const hours = (Date.parse(ends_at) - Date.now()) / HOUR_MS;
  return String(Math.max(0.25, Math.round(hours * 4) / 4));
};

export const hoursField = (value: string) => ({
  ...{ name: 'hours', label: words.hours, type: 'number', min: 0.05, max: 8_784, step: 'any', required: true },
  ...{ inputmode: 'decimal' as const, defaultValue: value },
});

export const commentField = (value: string) => ({
  ...{ name: 'comment', label: words.comment, hint: words.commentHint, optional: true, maxLength: 2_000 },
  ...{ autocomplete: 'off', defaultValue: value },
});

/** The dialog for a new silence and for changes of one. */
export function SilenceDialog({ of, onClose }: { of?: Silence; onClose(): void }) {
  const act = async (form: FormData) => {
    const input = {
      matchers: linesIn(textIn(form, 'matchers')),
      ends_at: endIn(form),
      comment: textIn(form, 'comment'),
    };
    if (of) await ports.alerts.updateSilence({ id: of.id, ...input });
    else await ports.alerts.createSilence(input);
    say(of ? words.saved : words.done);
  };
  return (
    <FormDialog
      title={of ? words.edit : words.add}
      verb={of ? words.editVerb : words.addVerb}
      text={words.keeps}
      onClose={onClose}
      act={act}
      names={['matchers', ...Array.from({ length: 20 }, (_, n) => `matchers.${n}`), 'ends_at', 'comment']}
    >
      {(errors) => (
        <>
          <AreaField
            {...{
              label: words.matchers,
              name: 'matchers',
              hint: words.matchersHint,
              required: true,
              spellcheck: false,
            }}
            defaultValue={of?.matchers.join('\n') ?? ''}
            fault={faultOf(errors, 'matchers')}
          />
          <FormFields
            of={[hoursField(of ? hoursLeft(of) : FIRST_HOURS), commentField(of?.comment ?? '')]}
            errors={{ ...errors, hours: errors['ends_at'] ?? '' }}
          />
        </>
      )}
    </FormDialog>
  );
}

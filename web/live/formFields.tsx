import { useId } from 'preact/hooks';
import { AreaField, SelectField, TextField, Tick } from '../ui/field';

/** Fields of a dialog, as data: the dialog draws them and shows each error of the server beside its field. */

/** Name of a field, as the server calls it in an error, to the text of that error. */
export type FieldErrors = Readonly<Record<string, string>>;

/** A value that a text field offers, with a text that explains it. */
export interface Suggestion {
  value: string;
  text?: string | null;
}

/** The properties of a part; `kind` is an HTML attribute too, and here it names the part. */
type Own<Part extends (props: never) => unknown> = Omit<Parameters<Part>[0], 'fault' | 'kind'>;

type TextSpec = Own<typeof TextField> & { kind?: 'text'; suggestions?: readonly Suggestion[] };
type AreaSpec = Own<typeof AreaField> & { kind: 'area' };
type SelectSpec = Own<typeof SelectField> & { kind: 'select' };
type TickSpec = Omit<Own<typeof Tick>, 'name'> & { kind: 'tick'; name: string };

/** One field. Without a kind it is a line of text. */
export type FormField = TextSpec | AreaSpec | SelectSpec | TickSpec;

export const FormFields = ({ of, errors }: { of: readonly FormField[]; errors: FieldErrors }) => (
  <>
    {of.map((field) => (
      <OneField key={keyOf(field)} field={field} error={errors[field.name]} />
    ))}
  </>
);

/** A list whose choices arrive later gets a new element, because only a new element selects its value. */
const keyOf = (field: FormField): string =>
  field.kind === 'select' && field.choices.length === 0 ? `${field.name} without choices` : field.name;

function OneField({ field, error }: { field: FormField; error: string | undefined }) {
  if (field.kind === 'area') return <AreaField {...without(field)} fault={error} />;
  if (field.kind === 'select') return <SelectField {...without(field)} fault={error} />;
  if (field.kind === 'tick') return <Tick {...without(field)} />;
  return <LineField field={field} error={error} />;
}

function without<F extends { kind?: string }>({ kind: _, ...props }: F): Omit<F, 'kind'> {
  return props;
}

function LineField({ field, error }: { field: TextSpec; error: string | undefined }) {
  const id = useId();
  const { suggestions, ...props } = without(field);
  if (suggestions === undefined) return <TextField {...props} fault={error} />;
  return (
    <>
      <TextField autocomplete="off" {...props} list={id} fault={error} />
      <datalist id={id}>
        {suggestions.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </datalist>
    </>
  );
}

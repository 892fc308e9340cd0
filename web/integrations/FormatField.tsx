import { useState } from 'preact/hooks';
import { ProblemBanner } from '../live/problems';
import { integrations as words } from '../text/integrations';
import { Skeleton } from '../ui/card';
import { SelectField } from '../ui/field';
import { useFormats } from './formats';

/** A list of formats by the names of their tools. */
export function FormatField({ fault }: { fault: string | undefined }) {
  const { value, problem, again } = useFormats();
  const [picked, pick] = useState<string | undefined>(undefined);
  if (value === undefined) return problem ? <ProblemBanner problem={problem} onAgain={again} /> : <Skeleton rows={1} />;
  const shown = value.formats.find(({ id }) => id === picked) ?? value.formats[0];
  return (
    <SelectField
      label={words.dialog.format}
      name="format"
      hint={shown?.hint ?? undefined}
      fault={fault}
      value={shown?.id}
      choices={value.formats.map(({ id, title }) => ({ value: id, text: title }))}
      onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => pick(currentTarget.value)}
    />
  );
}

import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { integrations } from '../text/integrations';
import { say } from '../ui/toast';
import type { Integration } from './IntegrationsPage';
import { justMade } from './made';

const { rotate: words } = integrations;

/** Asks how long the present key stays valid, replaces it, and shows the new one on the page. */
export function RotateKey({ of: { id, name, key_prefix }, onClose }: { of: Integration; onClose(): void }) {
  const act = async (form: FormData) => {
    const made = await ports.alerts.rotateKey({ id, overlap_hours: Number(textIn(form, 'overlap_hours')) });
    justMade.value = { id: made.id, key: made.key, url: made.url };
    say(words.done(name));
  };
  return (
    <FormDialog
      title={words.title(name)}
      text={words.text(key_prefix)}
      verb={words.verb}
      onClose={onClose}
      act={act}
      fields={[
        {
          ...{ kind: 'select' as const, name: 'overlap_hours', label: words.overlap },
          choices: words.choices.map(([hours, text]) => ({ value: String(hours), text })),
        },
      ]}
    />
  );
}

import { useSignal } from '@preact/signals';
import { FormDialog, textIn } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { serviceWindow as words } from '../text/serviceWindow';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';

/** After how long without an alert the next alert of a service opens a new incident. */
export function WindowCard({ service }: { service: string }) {
  const asked = useQuery(`window ${service}`, () => ports.alerts.listServiceWindows({ service }), {
    modules: ['alerts'],
  });
  const editing = useSignal(false);
  const minutes = asked.value?.windows[0]?.minutes ?? null;
  const close = () => {
    editing.value = false;
    void asked.again();
  };
  const act = async (form: FormData) => {
    const given = textIn(form, 'minutes');
    await ports.alerts.setServiceWindow({ service, minutes: given === '' ? null : Number(given) });
    say(words.saved);
  };
  return (
    <Card
      title={words.title}
      end={
        mayAsk('alerts', 'setServiceWindow') &&
        asked.value && (
          <Button small quiet icon="edit" onClick={() => (editing.value = true)}>
            {words.change}
          </Button>
        )
      }
    >
      {asked.problem && !asked.value && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!asked.value && !asked.problem && <Skeleton rows={1} />}
      {asked.value && <p class="pad second">{minutes === null ? words.usual : words.own(minutes)}</p>}
      {editing.value && (
        <FormDialog
          title={words.dialog(service)}
          verb={words.verb}
          onClose={close}
          act={act}
          fields={[
            {
              ...{ name: 'minutes', label: words.field, hint: words.hint, type: 'number', min: 1, max: 10_080 },
              ...{ defaultValue: minutes === null ? '' : String(minutes), optional: true },
            },
          ]}
        />
      )}
    </Card>
  );
}

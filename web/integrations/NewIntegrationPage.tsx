import { useLocation, useRoute } from 'preact-iso';
import { Refusal, textIn, useSubmitting } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { integrations as words } from '../text/integrations';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { TextField } from '../ui/field';
import { Page } from '../ui/page';
import { type Format, useFormats } from './formats';
import { Initial } from './GalleryPage';
import { hrefOfIntegration } from './IntegrationsPage';
import { justMade } from './made';
import { Progress } from './Progress';
import './integrations.css';

const { wizard } = words;

/** The first step of a set-up: the name. The page of the new integration shows the next ones. */
export function NewIntegrationPage() {
  const { params } = useRoute();
  const { value, problem, again } = useFormats();
  const format = value?.formats.find(({ id }) => id === params['format']);
  return (
    <Page
      title={format === undefined ? words.gallery.title : wizard.title(format.title)}
      above={
        <a class="small" href="/integrations/new">
          {wizard.all}
        </a>
      }
    >
      {problem && <ProblemBanner problem={problem} onAgain={again} />}
      <Progress at="name" />
      <Card title={wizard.steps.name}>
        {format !== undefined ? (
          <NameForm of={format} />
        ) : value === undefined ? (
          <Skeleton rows={2} />
        ) : (
          <Empty title={wizard.unknown}>
            <div class="acts">
              <Button href="/integrations/new">{wizard.all}</Button>
            </div>
          </Empty>
        )}
      </Card>
    </Page>
  );
}

function NameForm({ of: { id, title, hint } }: { of: Format }) {
  const { route } = useLocation();
  const { busy, problem, faults, submit } = useSubmitting();
  if (!mayAsk('alerts', 'createIntegration')) return <p class="pad second">{wizard.admins}</p>;
  const create = async (form: FormData) => {
    const made = await ports.alerts.createIntegration({ name: textIn(form, 'name'), format: id });
    justMade.value = { id: made.id, key: made.key, url: made.url };
    route(hrefOfIntegration(made.id));
  };
  return (
    <form
      class="pad stack guide"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        if (!busy) void submit(() => create(form));
      }}
    >
      <p class="row second">
        <Initial of={title} /> <span>{hint}</span>
      </p>
      <Refusal of={{ problem, faults }} fields={['name']} />
      <TextField
        label={words.dialog.name}
        name="name"
        hint={words.dialog.nameHint}
        fault={faults['name']}
        required
        maxLength={255}
        autocomplete="off"
      />
      <div class="acts">
        <Button main type="submit" busy={busy}>
          {words.add}
        </Button>
      </div>
    </form>
  );
}

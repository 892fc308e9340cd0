import { mayAsk } from '../session';
import { incidents as words } from '../text/incidents';
import { Button } from '../ui/button';
import { Dock } from '../ui/page';
import { creating } from './newIncidentDialog';

/** The *New incident* button: beside the heading on a wide screen, in the dock on a phone. */

interface CreateProps {
  /** Whether it is the main button of its page. */
  main?: boolean;
}

const show = () => (creating.value = {});

export const CreateAction = ({ main = false }: CreateProps) =>
  mayAsk('incidents', 'create') ? (
    <Button main={main} wide icon="plus" onClick={show}>
      {words.create}
    </Button>
  ) : null;

export const CreateDock = ({ main = false }: CreateProps) =>
  mayAsk('incidents', 'create') ? (
    <Dock label={words.create}>
      <Button main={main} icon="plus" onClick={show}>
        {words.create}
      </Button>
    </Dock>
  ) : null;

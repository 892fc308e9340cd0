import { useState } from 'preact/hooks';
import { FormDialog, textIn } from '../live/forms';
import { reasonOf } from '../notify/delivery';
import { ports } from '../ports';
import { reach as words } from '../text/reach';
import { SelectField, TextField } from '../ui/field';
import { say } from '../ui/toast';
import { type Channel, inputOf, type Method } from './methods';

interface Props {
  channels: readonly Channel[];
  person: string;
  onClose(): void;
  /** Its code is on its way. */
  onAdded(method: Method): void;
}

/** Adds a contact method; the input of its address follows from its channel. */
export function AddMethod({ channels, person, onClose, onAdded }: Props) {
  const [picked, pick] = useState(channels[0]?.channel);
  const channel = channels.find((one) => one.channel === picked);
  const { adding } = words;
  return (
    <FormDialog
      title={adding.title}
      verb={adding.verb}
      onClose={onClose}
      names={['channel', 'address', 'label']}
      act={async (form) => {
        const added = await ports.notify.addContactMethod({
          person,
          channel: textIn(form, 'channel') as Channel['channel'],
          address: textIn(form, 'address'),
          label: textIn(form, 'label'),
        });
        if (!added.code.sent) say(words.verifying.notSent(reasonOf(added.code.reason ?? '')));
        onAdded(added);
      }}
    >
      {(errors) => (
        <>
          <SelectField
            label={adding.channel}
            name="channel"
            value={picked}
            choices={channels.map((one) => ({ value: one.channel, text: one.title }))}
            onChange={(event) => pick(event.currentTarget.value as Channel['channel'])}
            fault={errors['channel']}
          />
          {channel && (
            <TextField
              key={channel.channel}
              {...inputOf(channel)}
              name="address"
              required
              maxLength={1_500}
              fault={errors['address']}
            />
          )}
          <TextField
            label={adding.label}
            name="label"
            hint={adding.labelHint}
            optional
            maxLength={100}
            autocomplete="off"
            fault={errors['label']}
          />
        </>
      )}
    </FormDialog>
  );
}

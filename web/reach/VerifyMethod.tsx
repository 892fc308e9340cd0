import { useState } from 'preact/hooks';
import { FormDialog, textIn } from '../live/forms';
import { fullSentenceOf } from '../live/problems';
import { reasonOf } from '../notify/delivery';
import { ports, problemOf } from '../ports';
import { reach as words } from '../text/reach';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { say } from '../ui/toast';
import type { Method } from './methods';

/** Asks for the code that was sent through a contact method. */
export function VerifyMethod({ of, onClose }: { of: Method; onClose(): void }) {
  const { verifying } = words;
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    try {
      const { sent, reason } = await ports.notify.sendContactCode({ id: of.id });
      say(sent ? verifying.sentAgain : verifying.notSent(reasonOf(reason ?? '')));
    } catch (error) {
      say(fullSentenceOf(problemOf(error)));
    }
    setBusy(false);
  };
  return (
    <FormDialog
      title={verifying.title(words.channelOf(of.channel))}
      text={verifying.sent(of.address)}
      verb={verifying.verb}
      onClose={onClose}
      names={['code']}
      act={async (form) => {
        await ports.notify.verifyContactMethod({ id: of.id, code: textIn(form, 'code') });
        say(verifying.done);
      }}
    >
      {(errors) => (
        <>
          <TextField
            label={verifying.code}
            name="code"
            inputMode="numeric"
            autocomplete="one-time-code"
            required
            maxLength={20}
            fault={errors['code']}
          />
          <div class="acts">
            <Button small busy={busy} onClick={() => void again()}>
              {verifying.again}
            </Button>
          </div>
        </>
      )}
    </FormDialog>
  );
}

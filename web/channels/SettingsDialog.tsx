import { FormDialog } from '../live/forms';
import { type Ports, ports } from '../ports';
import { channelSettings as words } from '../text/channelSettings';
import { Facts } from '../ui/card';
import { Code } from '../ui/code';
import { say } from '../ui/toast';
import { fieldsOf, type GivenSettings, givenIn, type Setting } from './settingFields';

type Channel = Awaited<ReturnType<Ports['notify']['channels']>>['channels'][number];

/** The settings of a channel as a form, by its declaration. Those of the environment are only shown. */
export function SettingsDialog({ of, onClose }: { of: Channel; onClose(): void }) {
  const own = of.settings.filter(({ source }) => source !== 'environment');
  const fixed = of.settings.filter(({ source }) => source === 'environment');
  return (
    <FormDialog
      title={words.title(of.title)}
      text={words.text}
      verb={words.verb}
      onClose={onClose}
      act={(form) => save(of, givenIn(form, own))}
      fields={fieldsOf(own)}
    >
      {fixed.length > 0 && <Fixed of={fixed} />}
      {of.inbound_url !== null && (
        <div class="stack tight">
          <Code label={words.inbound}>{of.inbound_url}</Code>
          <p class="hint">{words.inboundHint}</p>
        </div>
      )}
    </FormDialog>
  );
}

async function save({ channel, title }: Channel, given: GivenSettings): Promise<void> {
  if (Object.keys(given).length === 0) return say(words.unchanged);
  await ports.notify.setChannelSettings({ channel, ...given });
  say(words.saved(title));
}

const Fixed = ({ of }: { of: readonly Setting[] }) => (
  <section class="stack tight" aria-label={words.fromEnvironment}>
    <span class="label">{words.fromEnvironment}</span>
    <Facts small of={of.map(({ name, value }) => [name, value ?? words.isSet] as const)} />
    <p class="hint">{words.environmentHint}</p>
  </section>
);

import { useState } from 'preact/hooks';
import { deviceOf } from '../account/devices';
import { fullSentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { push as words } from '../text/push';
import { Button } from '../ui/button';
import { useQuery } from '../useQuery';
import { codes, obstacleOf, subscribe, surroundings } from './device';

const ARRIVES_WITHIN_MS = 60_000;

interface Props {
  /** Adds a contact method of the channel `webpush`, whose code is then sent to this device. */
  add(address: string, label: string): Promise<{ id: string }>;
  /** Verifies the method by the code that this device received. */
  verify(id: string, code: string): Promise<unknown>;
  /** The device confirmed that it shows messages. */
  onEnabled?(): void;
}

/** Enables push on this device: permission, subscription, and a test message that the device confirms by itself. */
export function EnablePush({ add, verify, onEnabled }: Props) {
  const { value } = useQuery('push-key', () => ports.notify.pushKey({}), { modules: [] });
  const [state, setState] = useState<{ busy: boolean; text: string }>({ busy: false, text: '' });
  if (value === undefined) return null;
  const obstacle = obstacleOf(surroundings(), value.public_key);
  if (obstacle !== null) return <p class="second">{words.reasons[obstacle]}</p>;
  const enable = async () => {
    setState({ busy: true, text: words.waiting });
    const text = await enabled({ add, verify }, value.public_key as string).catch((error: unknown) =>
      fullSentenceOf(problemOf(error)),
    );
    setState({ busy: false, text });
    if (text === words.enabled) onEnabled?.();
  };
  return (
    <div class="stack">
      <div>
        <Button busy={state.busy} onClick={() => void enable()}>
          {words.enable}
        </Button>
      </div>
      <p class="second" role="status">
        {state.text}
      </p>
    </div>
  );
}

/** The result in words. @throws Problem of the server */
async function enabled({ add, verify }: Pick<Props, 'add' | 'verify'>, publicKey: string): Promise<string> {
  if ((await Notification.requestPermission()) !== 'granted') return words.refused;
  const worker = await navigator.serviceWorker.ready;
  const address = await subscribe(worker, publicKey).catch(() => null);
  if (address === null) return words.failed;
  const received = codes(navigator.serviceWorker);
  try {
    const { id } = await add(address, deviceOf(navigator.userAgent) ?? words.thisDevice);
    const code = await received.next(ARRIVES_WITHIN_MS);
    if (code === null) return words.notArrived;
    await verify(id, code);
    return words.enabled;
  } finally {
    received.stop();
  }
}

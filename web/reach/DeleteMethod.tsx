import { Confirm } from '../live/forms';
import { ports } from '../ports';
import { reach as words } from '../text/reach';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { dutiesOf, isLastWay, type Method } from './methods';

/** Asks before a contact method is deleted, and warns its owner while they are on call. */
export function DeleteMethod({ of, all, onClose }: { of: Method; all: readonly Method[]; onClose(): void }) {
  const asked = useQuery('on call now', () => ports.oncall.onCallNow({}), { modules: ['oncall'] });
  const { deleting } = words;
  const duties = dutiesOf(of.person, asked.value?.teams ?? []);
  const isLast = isLastWay(of, all);
  const sentences = [
    deleting.text,
    ...(duties.length > 0 ? [deleting.onCall(duties.join(', '))] : []),
    ...(isLast ? [deleting.last] : duties.length > 0 ? [deleting.others] : []),
  ];
  return (
    <Confirm
      title={deleting.title(words.channelOf(of.channel), of.address)}
      text={sentences.join(' ')}
      verb={deleting.verb}
      keep={deleting.keep}
      onClose={onClose}
      act={async () => {
        await ports.notify.deleteContactMethod({ id: of.id });
        say(deleting.done);
      }}
    />
  );
}

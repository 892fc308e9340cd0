import { MethodsCard } from './MethodsCard';
import { PageMe } from './PageMe';
import { RulesCard } from './RulesCard';
import { useReach } from './useReach';

/** How the viewer is reached: by what, when, and a page to try it. */
export function OwnReach({ person }: { person: string }) {
  const reach = useReach(person);
  const methods = reach.asked.value?.contact_methods;
  const channels = reach.channels.value?.channels;
  return (
    <>
      <MethodsCard person={person} of={reach} />
      {methods && channels && <RulesCard person={person} around={{ methods, channels }} />}
      {methods && <PageMe methods={methods} />}
    </>
  );
}

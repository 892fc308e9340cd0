import { ports } from '../ports';
import { EnablePush } from '../push/EnablePush';

/** Makes this browser a contact method: it gets pages as notifications. */
export const ThisDevice = ({ person, onEnabled }: { person: string; onEnabled(): void }) => (
  <EnablePush
    add={(address, label) => ports.notify.addContactMethod({ person, channel: 'webpush', address, label })}
    verify={(id, code) => ports.notify.verifyContactMethod({ id, code })}
    onEnabled={onEnabled}
  />
);

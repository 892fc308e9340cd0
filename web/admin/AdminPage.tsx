import { useLocation } from 'preact-iso';
import { Channels } from '../channels/Channels';
import { mayAsk } from '../session';
import { admin as words } from '../text/admin';
import { Card, Empty } from '../ui/card';
import { TabLinks } from '../ui/navigation';
import { Page } from '../ui/page';
import { Audit } from './Audit';
import { Keys } from './Keys';
import { Users } from './Users';

const TABS = [
  { id: 'users', text: words.tabs.users, shows: Users },
  { id: 'keys', text: words.tabs.keys, shows: Keys },
  { id: 'channels', text: words.tabs.channels, shows: Channels },
  { id: 'audit', text: words.tabs.audit, shows: Audit },
] as const;

/** Users, API keys, the audit log and the channels. */
export function AdminPage() {
  const { query } = useLocation();
  const tab = TABS.find(({ id }) => id === query['tab']) ?? TABS[0];
  const Shown = tab.shows;
  return (
    <Page title={words.title}>
      {mayAsk('gateway', 'listUsers') ? (
        <>
          <TabLinks
            label={words.tabs.label}
            tabs={TABS}
            current={tab.id}
            href={(id) => (id === TABS[0].id ? '/admin' : `/admin?tab=${id}`)}
          />
          <Shown />
        </>
      ) : (
        <Card title={words.title} hideTitle>
          <Empty title={words.notYours.title}>
            <p>{words.notYours.text}</p>
          </Empty>
        </Card>
      )}
    </Page>
  );
}

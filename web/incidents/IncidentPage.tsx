import { Page } from '../ui/page';
import { incidents as words } from '../words/incidents';

export const IncidentPage = () => <Page title={words.title}>{null}</Page>;

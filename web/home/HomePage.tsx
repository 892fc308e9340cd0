import { Page } from '../ui/page';
import { shell } from '../words/shell';

export const HomePage = () => <Page title={shell.nav.home}>{null}</Page>;

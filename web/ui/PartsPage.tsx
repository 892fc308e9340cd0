import { Page } from './page';

export const PartsPage = () => <Page title="Parts">{null}</Page>;

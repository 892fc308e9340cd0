import { alertmanager } from './alertmanager';
import { azureMonitor } from './azureMonitor';
import { datadog } from './datadog';
import { goalert } from './goalert';
import { googleCloud } from './googleCloud';
import { grafana } from './grafana';
import { json } from './json';
import { kibana } from './kibana';
import { newRelic } from './newRelic';
import { oncall } from './oncall';
import { opsgenie } from './opsgenie';
import { pagerduty } from './pagerduty';
import { pingdom } from './pingdom';
import { prometheus } from './prometheus';
import { sentry } from './sentry';
import { uptimeKuma } from './uptimeKuma';

/** Every format that an integration can have, in the order in which the page offers them. */
export const FORMATS = [
  ...[alertmanager, prometheus, grafana, pagerduty, opsgenie, oncall, goalert],
  ...[datadog, newRelic, azureMonitor, googleCloud, sentry, kibana, pingdom, uptimeKuma],
  json,
] as const;

import { alertmanager } from './alertmanager';
import { grafana } from './grafana';
import { json } from './json';
import { oncall } from './oncall';
import { opsgenie } from './opsgenie';
import { pagerduty } from './pagerduty';
import { prometheus } from './prometheus';
import { uptimeKuma } from './uptimeKuma';

/** Every format that an integration can have, in the order in which the page offers them. */
export const FORMATS = [alertmanager, prometheus, grafana, pagerduty, opsgenie, oncall, uptimeKuma, json] as const;

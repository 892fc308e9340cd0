import { invalid } from '../../kernel/problem';
import { httpLink } from '../../kernel/sourceLinks';
import { canonicalJson } from '../domain';
import { clip, clipAnnotations, clipLabels, firstSaid, instantSaid, isRecord } from './clip';
import type { AlertEvent } from './event';
import { severityOf } from './severity';

/**
 * Alertmanager's webhook, version 4. One POST mixes firing and resolved alerts of a group, so each goes by its own status
 * and fingerprint, never by the group's. Users may send a payload of their own making: only `alerts` must be there.
 */

const MOST_ALERTS = 10_000;
const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;

const SERVICE_LABELS = ['service', 'app', 'job', 'namespace', 'alertname'];

export function readAlertmanager(payload: unknown): AlertEvent[] {
  if (!isRecord(payload)) throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  const { alerts } = payload;
  if (!Array.isArray(alerts)) throw invalid([{ path: 'alerts', message: 'Must be a list of alerts' }]);
  if (alerts.length > MOST_ALERTS) throw invalid([{ path: 'alerts', message: `At most ${MOST_ALERTS} alerts` }]);
  const strangers = alerts.flatMap((alert, i) => (isRecord(alert) ? [] : [i]));
  if (strangers.length > 0) {
    throw invalid(strangers.slice(0, 20).map((i) => ({ path: `alerts.${i}`, message: 'Must be an object' })));
  }
  const external = httpLink(payload['externalURL']);
  return alerts.map((alert) => eventOf(alert, external));
}

function eventOf(alert: Record<string, unknown>, external: string | null): AlertEvent {
  const said = isRecord(alert['labels']) ? alert['labels'] : {};
  const annotations = isRecord(alert['annotations']) ? alert['annotations'] : {};
  const timestamp = instantSaid(alert['startsAt'])?.toISOString();
  const labels = clipLabels(said);
  return {
    key: firstSaid(alert['fingerprint']) ?? canonicalJson(labels),
    status: firstSaid(alert['status'])?.trim().toLowerCase() === 'resolved' ? 'resolved' : 'firing',
    endedAt: instantSaid(alert['endsAt']) ?? null,
    report: {
      service: serviceOf(said),
      ...severityOf(said['severity']),
      message: clip(messageOf(annotations, said), MESSAGE_LENGTH),
      labels,
      source: 'alertmanager',
      ...contextOf(alert, annotations, external),
      ...(timestamp !== undefined && { timestamp }),
    },
  };
}

const serviceOf = (labels: Record<string, unknown>): string => {
  const said = firstSaid(...SERVICE_LABELS.map((name) => labels[name])) ?? 'alertmanager';
  return clip(said.trim().toLowerCase(), SERVICE_LENGTH).trim();
};

/** Grafana, which posts the same shape, names the dashboard and the panel beside the labels. */
const DASHBOARDS = ['dashboardURL', 'panelURL'];

function contextOf(alert: Record<string, unknown>, said: Record<string, unknown>, external: string | null) {
  const annotations = clipAnnotations(said);
  const generator = httpLink(alert['generatorURL']);
  const dashboards = DASHBOARDS.map((name) => httpLink(alert[name])).filter((url) => url !== null);
  return {
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(generator !== null && { generator_url: generator }),
    ...(external !== null && { external_url: external }),
    ...(dashboards.length > 0 && { dashboard_urls: dashboards }),
  };
}

const messageOf = (annotations: Record<string, unknown>, labels: Record<string, unknown>): string =>
  firstSaid(annotations['summary'], annotations['description'], labels['alertname']) ?? 'An alert without a name';

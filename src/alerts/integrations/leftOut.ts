import type { AlertEvent } from '../formats/format';
import { clip } from '../formats/read';

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;

/**
 * The alert about a delivery with more alerts than are taken. It is firing while deliveries of a group are incomplete, and
 * ends with the next complete one.
 * @param group key of the delivery's group; '' if the delivery names none
 * @param leftOut how many alerts were left out; 0 or less if the delivery is complete
 * @param integration name of the integration, which is the alert's service
 */
export function leftOutEvent(group: string, leftOut: number, integration: string, most: number): AlertEvent {
  const message =
    `${leftOut} alerts of one delivery were left out: it held ${most + leftOut}, and the first ${most} are taken. ` +
    `Let the tool send smaller groups (group_by). Group: ${group === '' ? 'not named' : group}`;
  return {
    key: `${group}|left-out`,
    status: leftOut > 0 ? 'firing' : 'resolved',
    endedAt: null,
    report: {
      service: clip(integration.trim().toLowerCase(), SERVICE_LENGTH),
      severity: 'high',
      message: clip(message, MESSAGE_LENGTH),
      labels: { alertname: 'AlertsLeftOut' },
      source: 'tocsin',
    },
  };
}

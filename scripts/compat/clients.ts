import { alertmanager } from './alertmanager';
import { amtool } from './amtool';
import { apprise } from './apprise';
import type { Client } from './client';
import { opsgenieAlertmanager } from './opsgenieAlertmanager';
import { opsgenieApprise } from './opsgenieApprise';
import { opsgenieGo } from './opsgenieGo';
import { opsgenieNode } from './opsgenieNode';
import { opsgeniePython } from './opsgeniePython';
import { opsgenieShoutrrr } from './opsgenieShoutrrr';
import { pagerdutyGo } from './pagerdutyGo';
import { pagerdutyPython } from './pagerdutyPython';
import { pdjs } from './pdjs';
import { prometheus } from './prometheus';
import { pypd } from './pypd';

/** Every client, in the order in which they run. */
export const CLIENTS: readonly Client[] = [
  alertmanager,
  prometheus,
  amtool,
  pdjs,
  pagerdutyPython,
  pypd,
  apprise,
  opsgenieAlertmanager,
  opsgenieNode,
  opsgeniePython,
  opsgenieApprise,
  opsgenieShoutrrr,
  opsgenieGo,
  pagerdutyGo,
];

import { defineContract } from '../kernel/ports/contract';
import { accessOperations } from './contract/access';
import { eventOperations } from './contract/events';
import { platformOperations } from './contract/platform';
import { serviceOperations } from './contract/services';
import { userOperations } from './contract/users';
import { whyOperations } from './contract/why';

export { CURSOR, GATEWAY_EVENTS, type GatewayEvent, LiveEvent, SOURCES, type Source } from './contract/events';
export type { ModuleStanding } from './contract/platform';
export { Session } from './contract/shared';
export { ApiKey, User } from './contract/users';

/** Access, the event stream and the audit log, and the status of the modules. */
export const gatewayContract = defineContract({
  ...platformOperations,
  ...accessOperations,
  ...eventOperations,
  ...serviceOperations,
  ...userOperations,
  ...whyOperations,
});
export type GatewayContract = typeof gatewayContract;

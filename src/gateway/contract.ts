import { defineContract } from '../kernel/ports/contract';
import { accessOperations } from './contract/access';
import { factOperations } from './contract/facts';
import { platformOperations } from './contract/platform';
import { serviceOperations } from './contract/services';
import { userOperations } from './contract/users';

export { GATEWAY_FACTS, type GatewayFact, LiveEvent, PLACE, SOURCES, type Source } from './contract/facts';
export type { ModuleStanding } from './contract/platform';
export { Session } from './contract/shared';
export { ApiKey, User } from './contract/users';

/** Who may get in, what happened, and how the house stands. */
export const gatewayContract = defineContract({
  ...platformOperations,
  ...accessOperations,
  ...factOperations,
  ...serviceOperations,
  ...userOperations,
});
export type GatewayContract = typeof gatewayContract;

import type { Service } from '../../kernel/ports/contract';
import type { AlertsContract } from '../contract';
import { type BacktestDeps, backtests } from './backtest';
import { type TestIntegrationDeps, testIntegration } from './testIntegration';

type Operations = Pick<Service<AlertsContract>, 'testIntegration' | 'startBacktest' | 'getBacktest' | 'cancelBacktest'>;

/** Operations that try a configuration without storing anything about alerts. */
export interface Trials {
  operations: Operations;
  /** Resolves when no back-test runs in this process. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function trials(deps: TestIntegrationDeps & BacktestDeps): Trials {
  const { idle, stop, ...operations } = backtests(deps);
  return {
    operations: { testIntegration: (input, caller) => testIntegration(deps, input, caller), ...operations },
    idle,
    stop,
  };
}

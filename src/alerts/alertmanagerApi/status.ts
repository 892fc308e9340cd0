import { VERSION } from '../../kernel/jobs/status';
import { RECEIVER } from './alerts';

/** The version of Alertmanager whose API this is; amtool and karma compare it with what they need. */
const API_OF = '0.28.1';

/** A valid configuration of Alertmanager. Tocsin's policies decide who is paged. */
const CONFIGURATION = `route:
  receiver: ${RECEIVER}
  group_by: [service, severity]
receivers:
  - name: ${RECEIVER}
`;

/** The answer of `/api/v2/status`. */
export const statusOf = (startedAt: Date): object => ({
  cluster: { peers: [], status: 'disabled' },
  config: { original: CONFIGURATION },
  uptime: startedAt.toISOString(),
  versionInfo: {
    branch: 'tocsin',
    buildDate: '',
    buildUser: `tocsin ${VERSION}`,
    goVersion: '',
    revision: '',
    version: API_OF,
  },
});

/** The metric that karma reads. */
export const buildInfo = (): string =>
  `# HELP alertmanager_build_info The version of the API of Alertmanager that this server speaks.
# TYPE alertmanager_build_info gauge
alertmanager_build_info{version="${API_OF}"} 1
`;

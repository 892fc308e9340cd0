import type { Service } from '../../kernel/ports/contract';
import type { GatewayContract } from '../contract';
import type { Deps } from '../deps';
import { pageOfAudit } from '../store/audit';

/** The audit log by pages, newest first. */
export const auditService = ({ db }: Pick<Deps, 'db'>): Pick<Service<GatewayContract>, 'audit'> => ({
  async audit({ page, per_page, ...filter }) {
    const { total, rows } = await pageOfAudit(db, filter, { limit: per_page, offset: (page - 1) * per_page });
    const entries = rows.map(({ id, at, ...row }) => ({ ...row, id: String(id), at: at.toISOString() }));
    return { total, page, per_page, entries };
  },
});

import { type Ports, ports } from '../ports';

type Asked = Parameters<Ports['oncall']['overrides']>[0];
type Answer = Awaited<ReturnType<Ports['oncall']['overrides']>>;

const PER_PAGE = 1_000;
const MOST_PAGES = 10;

/** Reads all pages of the overrides of a span, so that the calendar shows every one. */
export async function allOverrides(asked: Asked): Promise<Answer['overrides']> {
  const found: Answer['overrides'] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { total, overrides } = await ports.oncall.overrides({ ...asked, page, per_page: PER_PAGE });
    found.push(...overrides);
    if (found.length >= total || overrides.length === 0) break;
  }
  return found;
}

import type { Service } from '../kernel/contract';
import type { EventsFeed } from '../kernel/feed';
import { standing } from '../kernel/standing';
import type { Analysing } from './analytics';
import { attaching } from './attaching';
import { bulks } from './bulk';
import { changing } from './changing';
import type { IncidentsContract } from './contract';
import { ending } from './ending';
import { escalating } from './escalating';
import { foreseeing } from './foreseeing';
import { fusing } from './fusing';
import { grouping } from './hidden';
import { opening } from './opening';
import { postmortems } from './postmortem';
import { reading } from './reading';
import { reopenings } from './reopen';
import type { Rooms } from './rooms';
import { serviceAnswers } from './services';
import { snoozing } from './snoozing';
import type { Telling } from './telling';
import { undoing } from './undo';

/** The module's answer to its contract; each kind of sentence has its own room. */
export const incidentsService = (
  rooms: Rooms,
  telling: Telling,
  feed: EventsFeed,
  { analytics }: Analysing,
): Service<IncidentsContract> => ({
  ...reading(rooms),
  ...opening(rooms),
  ...attaching(rooms),
  ...changing(rooms),
  ...bulks({ ...changing(rooms), ...undoing(rooms) }),
  ...snoozing(rooms),
  ...reopenings(rooms),
  ...undoing(rooms),
  ...postmortems(rooms),
  ...foreseeing(rooms),
  ...fusing(rooms),
  ...ending(rooms),
  ...grouping(rooms),
  ...escalating(rooms, telling),
  ...serviceAnswers(rooms),

  analytics,
  standing: standing(rooms.db, rooms.clock),
  events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
});

import { stepped, viewOf, ZOOMS, type Zoom } from './days';
import { isZone, plusDays } from './zones';

/** The state of the calendar in its address: zoom, date and zones. */
export interface View {
  zoom: Zoom;
  date: string;
  /** The zone of the calendar; null for the viewer's. */
  zone: string | null;
  /** The zone whose midnights are marked: `none` for no zone, null for the schedule's zone if it differs. */
  also: string | null;
}

const PHONE_DAYS = 7;
const isDate = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

export function readView(query: Record<string, string>, today: string): View {
  const { zoom, date, zone, also } = query;
  return {
    zoom: ZOOMS.find((each) => each === zoom) ?? 'weeks',
    date: isDate(date) ? date : today,
    zone: zone !== undefined && isZone(zone) ? zone : null,
    also: also === 'none' || (also !== undefined && isZone(also)) ? also : null,
  };
}

/** The address of a view, without default values. */
export function hrefOf(team: string, view: View, today: string): string {
  const query = new URLSearchParams({
    ...(view.zoom !== 'weeks' && { zoom: view.zoom }),
    ...(view.date !== today && { date: view.date }),
    ...(view.zone !== null && { zone: view.zone }),
    ...(view.also !== null && { also: view.also }),
  });
  const path = `/oncall/${encodeURIComponent(team)}`;
  return query.size === 0 ? path : `${path}?${query}`;
}

/** A phone shows no two weeks, and its week begins with the selected day. */
export const PHONE_ZOOMS = ['day', 'week', 'month'] as const;
export const phoneZoom = (zoom: Zoom): (typeof PHONE_ZOOMS)[number] => (zoom === 'weeks' ? 'week' : zoom);

export const daysShown = ({ zoom, date }: View, phone: boolean): { first: string; count: number } =>
  phone && phoneZoom(zoom) === 'week' ? { first: date, count: PHONE_DAYS } : viewOf(zoom, date);

export const dateAfter = ({ zoom, date }: View, phone: boolean, by: 1 | -1): string =>
  phone && phoneZoom(zoom) === 'week' ? plusDays(date, by * PHONE_DAYS) : stepped(zoom, date, by);

/** The zones of a view: the viewer's unless another is chosen, and the schedule's beside it if they differ. */
export function zonesOf(view: View, schedule: string, reader: string): { zone: string; otherZone: string | null } {
  const zone = view.zone ?? reader;
  if (view.also === 'none') return { zone, otherZone: null };
  const other = view.also ?? (schedule === zone ? reader : schedule);
  return { zone, otherZone: other === zone ? null : other };
}

export const nextZoom = (zoom: Zoom, by: 1 | -1): Zoom => ZOOMS[ZOOMS.indexOf(zoom) + by] ?? zoom;

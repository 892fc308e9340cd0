import type { Reported } from '../domain';

/** One condition as a vendor tells of it. */
export interface AlertEvent {
  /** The vendor's own name for the condition, stable from its first firing to its end. */
  key: string;
  status: 'firing' | 'resolved';
  report: Omit<Reported, 'dedup_key'>;
  /** When it ended by the vendor's clock; null where it did not say. */
  endedAt: Date | null;
}

import type { Alert } from '../contract/queries';
import type { LogPage, RecordSearch } from '../domain/vendorRecords';

/** What a vendor's API keeps of an alert in addition to the alert, for tools that read their alerts back. */
export interface VendorRecord {
  alert: Alert;
  /** The vendor's own name for the condition. */
  key: string;
  /** A short number that never changes. */
  number: number;
  fields: Readonly<Record<string, unknown>>;
  changedAt: string;
}

/** An entry of a record's log. `note` is a text of a person. */
export interface LogEntry {
  kind: 'log' | 'note';
  author: string;
  text: string;
}

/** A change of a record; its log entries and the note for the incident are stored with it. */
export interface RecordChange {
  fields: Readonly<Record<string, unknown>>;
  log?: readonly LogEntry[];
  /** Texts that are added to the incident as notes, as soon as the alert has one. */
  notes?: readonly Pick<LogEntry, 'author' | 'text'>[];
}

/** The records of an integration. */
export interface VendorRecords {
  /** The record of an alert; null if there is none. */
  of(alertId: string): Promise<VendorRecord | null>;
  withNumber(number: number): Promise<VendorRecord | null>;
  /** The record of the condition's firing alert, else of its last one. */
  withKey(key: string): Promise<VendorRecord | null>;
  /** Changes the record of an alert under a lock. The alert gets a record if it has none: `fields` is empty then. */
  change(alertId: string, key: string, change: (fields: VendorRecord['fields']) => RecordChange): Promise<void>;
  find(search: RecordSearch): Promise<VendorRecord[]>;
  count(filters: RecordSearch['filters']): Promise<number>;
  log(alertId: string, page: LogPage): Promise<(LogEntry & { id: number; at: string })[]>;
  /** Saves the result of a request that the vendor's API answers before it processes it. Kept for 30 days. */
  saveRequest(id: string, alertId: string | null, result: Record<string, unknown>): Promise<void>;
  requestWithId(id: string): Promise<{ alertId: string | null; result: Readonly<Record<string, unknown>> } | null>;
}

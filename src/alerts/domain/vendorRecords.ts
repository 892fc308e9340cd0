/** Searches in what vendors' APIs keep of alerts. */

/** The columns by which records are found and sorted. */
export type RecordColumn =
  | 'key'
  | 'number'
  | 'message'
  | 'status'
  | 'severity'
  | 'count'
  | 'created_at'
  | 'changed_at'
  | 'last_seen_at';

/** One condition of a search; all must hold. */
export type RecordFilter =
  | { column: RecordColumn; op: '=' | '<' | '>' | '<=' | '>='; value: string | number | Date }
  /** Text within a column, in any case. */
  | { column: 'message' | 'key'; op: 'contains'; value: string }
  /** A field of the record: an equal scalar, a list with all these items, or an object with all these values. */
  | { field: string; value: unknown };

export interface RecordSearch {
  filters: readonly RecordFilter[];
  sort: RecordColumn;
  order: 'asc' | 'desc';
  limit: number;
  offset: number;
}

/** A page of the log of a record. */
export interface LogPage {
  kind?: 'log' | 'note';
  order: 'asc' | 'desc';
  limit: number;
  /** Entries after this id, in the order of the page. */
  after?: number;
}

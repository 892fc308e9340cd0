/** A dashboard as read from its file. All fields are optional, because the checks of this folder look for missing ones. */
export interface Dashboard {
  uid?: string;
  title?: string;
  schemaVersion?: number;
  time?: { from?: string; to?: string };
  refresh?: string;
  templating?: { list?: unknown[] };
  panels?: Panel[];
}

export interface Panel {
  id?: number;
  title?: string;
  type?: string;
  gridPos?: Place;
  datasource?: Source;
  targets?: Target[];
  fieldConfig?: { defaults?: { thresholds?: Thresholds } };
}

export interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Source {
  type?: string;
  uid?: string;
}

export interface Target {
  refId?: string;
  expr?: string;
  instant?: boolean;
  range?: boolean;
  datasource?: Source;
}

export interface Thresholds {
  mode?: string;
  steps?: { value: number | null }[];
}

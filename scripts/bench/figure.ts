/** One line of the table of `npm run bench`. */
export interface Figure {
  what: string;
  measured: string;
  /** What the figure is to reach, in words. */
  reach: string;
  /** Null if that cannot be said. */
  reached: boolean | null;
  /** What else helps to judge the figure. */
  beside: string;
  /** For `--json`. */
  raw: Record<string, unknown>;
}

/** Measures one or several figures on a product of its own. */
export type Measure = () => Promise<Figure[]>;

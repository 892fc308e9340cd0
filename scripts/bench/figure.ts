/** One line of the table of `npm run bench`. */
export interface Figure {
  what: string;
  measured: string;
  /** The target, as text. */
  reach: string;
  /** Whether the target is reached; null if there is no number to compare. */
  reached: boolean | null;
  /** More values that help to judge the figure. */
  beside: string;
  /** For `--json`. */
  raw: Record<string, unknown>;
}

/** Starts a product and measures one or several figures. */
export type Measure = () => Promise<Figure[]>;

/** What a format shows and tests: code to paste into the tool, and requests as the tool sends them. */

/**
 * Code to paste. `{url}` is replaced by the integration's URL, `{key}` by its key, `{origin}` by the URL of this server, and
 * `{scheme}`, `{host}` and `{path}` by the parts of that: `https`, `tocsin.example:8443` and `/prefix` or nothing.
 */
export interface Snippet {
  /** Unique within the format. */
  id: string;
  /** The tool or the act, such as `Grafana` or `Try it`. */
  title: string;
  /** One sentence about where to paste the code. */
  text: string;
  /** Name of the file that the code belongs in. */
  file?: string;
  code: string;
}

/** Requests as the tool sends them; the conformance test sends them to every format. */
export interface Samples {
  /** Opens at least one alert. */
  firing: Sample;
  /** Ends every alert that `firing` opens. */
  resolved: Sample;
  /** Requests at all other endpoints, which are answered with success while the alerts of `firing` fire. */
  others?: readonly Sample[];
  /** Requests that the format refuses, each with the field that the refusal names. */
  refused: readonly [Refusal, ...Refusal[]];
}

export interface Sample {
  /** A request that is sent first. */
  before?: Sample;
  /** Name of the endpoint; default: the first one. */
  endpoint?: string;
  params?: Readonly<Record<string, string>>;
  /** Parameters that a client takes from the answer to `firing`, each with the name of the answer's field. */
  answered?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
}

export interface Refusal extends Sample {
  /** Dotted; '' for the body as a whole. */
  field: string;
}

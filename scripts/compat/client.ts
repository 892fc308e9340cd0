import type { Check, Questions } from '../real/questions';
import type { Tls } from './tls';

/** A client of a vendor that is run unmodified against the product. Each is a file of this folder and a line in `clients.ts`. */
export interface Client {
  /** Package and version, such as `pypd 1.1.0 (PyPI)`. */
  name: string;
  /** The package to install; null for a program that the caller has installed. */
  needs: Package;
  /** Runs the client and checks what arrived. */
  run(deps: ClientDeps): Promise<void>;
}

export type Package =
  | { from: 'npm'; package: string }
  | { from: 'pypi'; packages: readonly string[] }
  | { from: 'go'; package: string }
  /** A library and a program that uses it, which is built as `client`. */
  | { from: 'goProgram'; package: string; program: string }
  | { from: 'debian' };

export interface ClientDeps {
  /** URL of the product, without TLS. */
  url: string;
  /** A key of the role administrator. */
  apiKey: string;
  /** The product behind TLS, and a proxy that leads the vendors' hosts to it. */
  tls: Tls;
  /** Folder into which the package was installed; empty for a program of Debian. */
  folder: string;
  /** Creates an integration of a format. */
  integration(format: string, name: string): Promise<Integration>;
  questions: Questions;
  check: Check;
  /** Runs a program, and returns its output. @throws Error with its output if it fails or runs longer than a minute */
  execute(command: string, args: readonly string[], env?: Record<string, string>): Promise<string>;
}

export interface Integration {
  id: string;
  key: string;
  url: string;
}

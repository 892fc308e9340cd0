import { type FlappingSettings, type IdentityChanges, quietIn, UNCHANGED, withChanges } from '../domain/flapping';

/** Identities in a simulation: which of them fire, and which of them flap. Instants are in milliseconds. */
export interface SimulatedIdentities {
  /** An alert of the identity begins. */
  began(fingerprint: string): void;
  /**
   * An alert of the identity ends.
   * @returns when the identity is quiet if nothing else happens; null if it does not flap
   */
  ended(fingerprint: string, began: number, at: number): number | null;
  flaps(fingerprint: string): boolean;
  fires(fingerprint: string): boolean;
  /** Since when the delay of a new alert counts if the identity flaps, or flaps if it fires now; else null. */
  firesSince(fingerprint: string, at: number): number | null;
  /** Ends the flapping of an identity that has been quiet for the window. @returns whether it ended now */
  isQuiet(fingerprint: string, at: number): boolean;
}

interface Identity {
  changes: IdentityChanges;
  firing: number;
}

export function identitiesOf(settings: FlappingSettings): SimulatedIdentities {
  const identities = new Map<string, Identity>();
  const identityOf = (fingerprint: string): Identity => {
    const known = identities.get(fingerprint) ?? { changes: UNCHANGED, firing: 0 };
    identities.set(fingerprint, known);
    return known;
  };
  const flaps = (fingerprint: string): boolean => (identities.get(fingerprint)?.changes.flappingSince ?? null) !== null;
  const fires = (fingerprint: string): boolean => (identities.get(fingerprint)?.firing ?? 0) > 0;

  return {
    flaps,
    fires,
    began: (fingerprint) => {
      identityOf(fingerprint).firing += 1;
    },
    ended(fingerprint, began, at) {
      const identity = identityOf(fingerprint);
      identity.firing -= 1;
      identity.changes = withChanges(identity.changes, [began, at], settings);
      return flaps(fingerprint) ? at + quietIn(identity.changes, at, settings) : null;
    },
    firesSince(fingerprint, at) {
      const { flappingSince, armedUntil, first } = identities.get(fingerprint)?.changes ?? UNCHANGED;
      return flappingSince !== null || (armedUntil ?? 0) > at ? first : null;
    },
    isQuiet(fingerprint, at) {
      const identity = identities.get(fingerprint);
      if (identity === undefined || !flaps(fingerprint) || identity.firing > 0) return false;
      if (quietIn(identity.changes, at, settings) > 0) return false;
      identities.delete(fingerprint);
      return true;
    },
  };
}

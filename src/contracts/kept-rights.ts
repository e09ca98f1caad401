import { rightsRowKinds, type RightsRowName } from './rights-rows.ts';

/** A sign-in is told by its seal, and no row of it is kept. */
export const differingKinds = [...rightsRowKinds, 'sign-in'] as const;

/** A row of the store that says otherwise than what control itself decided. */
export interface RightsDifference extends Omit<RightsRowName, 'what'> {
  readonly what: (typeof differingKinds)[number];
  /** `gone` and `changed`: the store lost it, or says another thing of it; `unknown`: it alone has it. */
  readonly why: 'gone' | 'changed' | 'unknown';
}

export interface RightsCounts {
  readonly people: number;
  readonly elevations: number;
  readonly passkeys: number;
  readonly tokens: number;
  /** Who may everything, or may take that, of those who were believed: the first hundred. */
  readonly admins: readonly string[];
}

/**
 * Who may what and comes by which key, as control decided it, known where whoever edits the store cannot write.
 * INVARIANT: a row that differs gives nothing to anybody, from the first moment, whoever has looked or not.
 */
export interface KeptRights {
  /** Of all tenants; empty where both say the same. */
  differences(): Promise<readonly RightsDifference[]>;
  /** As the last look found them; for whoever cannot wait. */
  seen(tenant: string): readonly RightsDifference[];
  /** From then on the store says what was decided. INVARIANT: it gives nobody anything, so that one person may do it. */
  mend(tenant: string): Promise<void>;
  /** Set where this life found nothing kept, and believed the store, by tenant: what an earlier version left. */
  readonly takenOver: ReadonlyMap<string, RightsCounts>;
}

import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';

/** What is wrong with a Snapshot, and where in the document's own text, where it is one document's. */
export interface PartProblem {
  readonly document?: { readonly kind: string; readonly name: string };
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
}

export type CompiledPart<View> =
  | {
      readonly kind: 'compiled';
      readonly view: View;
      /** What is in force and not as its author may think. */
      readonly warnings?: readonly PartProblem[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly PartProblem[] };

/**
 * A plane's part of the configuration. INVARIANT: a view never changes once it is compiled, so that a
 * call that keeps it is judged by one configuration from its first stage to its last; what lives on
 * beside it only subtracts.
 */
export interface PlanePart<View> {
  readonly name: string;
  /** `before`: the view that is in force, so that what did not change need not be compiled again. */
  compile(
    snapshot: Snapshot,
    before: View | undefined,
  ): CompiledPart<View> | Promise<CompiledPart<View>>;
  /** What of it goes to gateways with the Snapshot, so that none makes it again. */
  carried?(view: View, tenant: string): Carried;
}

/** INVARIANT: made of the Snapshot alone and bound to it, so that its digest need not cover it. */
export type Carried = Pick<TenantSnapshot, 'judgedPolicies' | 'judgedShadow'>;

/** A Snapshot with everything that the planes compiled from it; swapped whole. */
export interface Configuration {
  readonly number: number;
  readonly digest: string;
  readonly snapshot: Snapshot;
  /** What is in force and not as its author may think. */
  readonly warnings: readonly PartProblem[];
  /** What this part made of it. A part that it was not compiled with is a fault of the program. */
  of<View>(part: PlanePart<View>): View;
}

export type CompiledConfiguration =
  | { readonly kind: 'compiled'; readonly configuration: Configuration }
  | { readonly kind: 'refused'; readonly problems: readonly PartProblem[] };

/** For people: `policy sums:3: no attribute …`. */
export function partProblemText({ document, line, message }: PartProblem): string {
  if (document === undefined) return message;
  return `${document.kind.toLowerCase()} ${document.name}:${line ?? 1}: ${message}`;
}

import type { ModelEntry, ProviderEntry } from '#contracts/model-provider.ts';
import type { Judged } from '#contracts/target-judge.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, ManifestEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';

/** A model that this principal may ask, with everything that the later stages need of it. */
export interface ResolvedModel {
  readonly agent: AgentEntry;
  readonly manifest: ManifestEntry;
  readonly provider: ProviderEntry;
  readonly model: ModelEntry;
  /** How many answers the request asks for at once. */
  readonly choices: number;
  /** The document's bound on output, of each choice, where the request has none of its own. */
  readonly outputBound: number | undefined;
  /** Set when the request asks for more than the document lets: the call is refused with it. */
  readonly outsideEnvelope: Refusal | undefined;
}

export interface JudgedModel {
  readonly model: ResolvedModel;
  readonly judged: Judged;
}

/** Of one configuration. */
export interface ModelView {
  /** Names as the agent writes them, `PROVIDER/MODEL`, in the order of its manifest. */
  list(principal: Principal): readonly string[];
  sees(principal: Principal, target: Target): boolean;
  /** Order: visible → every member allowed and well formed → inside the document's bounds. */
  resolve(principal: Principal, target: Target, request: JsonObject): ResolvedModel | Refusal;
}

import type { Act, ReasonedAct } from '#contracts/desk.ts';
import type { CompiledPart, PlanePart } from '#contracts/plane-part.ts';
import type { Judged } from '#contracts/target-judge.ts';
import type { Mirrored } from '#contracts/mirrored.ts';
import type { CatalogueEntry, CataloguePage, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { ArgumentHeaders, ToolPage } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import type {
  AgentEntry,
  ManifestEntry,
  PdpEntry,
  PinnedTool,
  ServerEntry,
  Snapshot,
} from '#kernel/snapshot.ts';
import type { Finding } from './definition/index.ts';
import type { Target } from '#kernel/target.ts';
import type { ToolClass, ToolDefinition, ToolId } from '#kernel/tool.ts';

/** A tool that this principal may name, with everything that the later stages need of it. */
export interface ResolvedTool {
  readonly id: ToolId;
  readonly agent: AgentEntry;
  readonly manifest: ManifestEntry;
  readonly server: ServerEntry;
  readonly pinned: PinnedTool;
  readonly toolClass: ToolClass;
  /** Set when an argument lies outside the manifest's bounds: the call is refused with it. */
  readonly outsideEnvelope: Refusal | undefined;
  /** Arguments that the server wants repeated in headers. */
  readonly mirrored: readonly Mirrored[];
  /** False of what only its phase lets this agent name. */
  readonly isListed: boolean;
}

export interface JudgedTool {
  readonly tool: ResolvedTool;
  readonly judged: Judged;
}

export interface DriftReport {
  readonly server: string;
  readonly changed: readonly {
    readonly tool: string;
    readonly pinned: string;
    readonly seen: string;
  }[];
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

/** What a user would have done, as it is to be. */
export interface RightAsk {
  readonly user: UserLeg;
  readonly target: Target;
  readonly args: JsonObject;
  /** What of it was judged to lie within the user's sensitivity; undefined where that crosses it anyway. */
  readonly sensitivity: ManifestEntry['sensitivity'] | undefined;
}

/** A decision point, and the entitlements of this user that count by its yes. */
export interface AskedPdp {
  readonly key: string;
  readonly pdp: PdpEntry;
  readonly entitlements: readonly string[];
}

/** A right that documents alone do not give. */
export interface UserRight {
  /** Whose yes can matter: those that may give the whole right first, then by name. */
  readonly pdps: readonly AskedPdp[];
  /** INVARIANT: whether entitlements without a decision point, and those of whose a yes is here, give it. */
  gives(yes: ReadonlySet<string>): boolean;
}

/** What the tools plane made of one Snapshot: what is seen, what fits. It never changes. */
export interface ToolView {
  agent(principal: Principal): AgentEntry | undefined;
  /**
   * Approved bytes only, capped; quarantined tools are left out, and those whose names look alike. Of
   * one server alone they have its own names.
   */
  page(
    principal: Principal,
    cursor: string | undefined,
    quarantine: Pick<ToolQuarantine, 'holds'>,
    server?: string,
  ): ToolPage | Refusal;
  /** The tool that this principal is shown under this name of the wire. */
  named(principal: Principal, name: string): ToolId | undefined;
  /** Whether the document of a tool that this principal may name says that its results come in pages. */
  hasPages(principal: Principal): boolean;
  /** Another text whenever its pages tell other tools, or others of their definitions. */
  told(principal: Principal, quarantine: Pick<ToolQuarantine, 'holds'>): string;
  /** Whether this principal may name the tool at all, whatever its state. */
  sees(principal: Principal, tool: ToolId): boolean;
  /**
   * With what was left out and has a default; a refusal is for `resolve` to give, which comes next, but
   * for headers: they repeat what was sent, and not what was filled in.
   */
  complete(
    principal: Principal,
    tool: ToolId,
    args: JsonObject,
    headers?: ArgumentHeaders,
  ): JsonObject | Refusal;
  /** Order: visible → approved → not quarantined → arguments fit the schema → bounds. */
  resolve(
    principal: Principal,
    tool: ToolId,
    args: JsonObject,
    quarantine: Pick<ToolQuarantine, 'holds'>,
  ): ResolvedTool | Refusal;
  /** Structured content against the pinned output schema. */
  checkResult(tool: ResolvedTool, result: JsonObject): Refusal | undefined;
  /** What was seen against what is pinned. Pure. */
  compare(tenant: string, server: string, seen: readonly ToolDefinition[]): DriftReport;
  pinned(tenant: string, tool: ToolId): PinnedTool | undefined;
  /** Which decision points have to say yes to what a user would have done; undefined when none has a say. */
  userRight(tenant: string, ask: RightAsk): UserRight | undefined;
}

/** Local, at once and before `control` knows; it only subtracts, and survives until the pin changes. */
export interface ToolQuarantine {
  /** A tool was seen otherwise than this view has it pinned; one that it has as seen is no drift. */
  add(view: Pick<ToolView, 'pinned'>, tenant: string, tool: ToolId, seenDigest: string): void;
  holds(tenant: string, tool: ToolId, pinned: PinnedTool): boolean;
  /** How often something was added. */
  readonly added: number;
}

/** The gateway's half of the tools plane. Schemas compile on first use: 10,000 tools cost nothing. */
export interface ToolGate extends PlanePart<ToolView> {
  compile(snapshot: Snapshot, before: ToolView | undefined): CompiledPart<ToolView>;
  /** What lives on beside the view and is asked with it. */
  readonly quarantine: ToolQuarantine;
}

/** The control program's half, for people of one tenant. */
export interface ToolDesk {
  list(tenant: string, server?: string): Promise<readonly CatalogueEntry[]>;
  /** One more than `limit` where there is more. */
  page(wanted: CataloguePage): Promise<readonly CatalogueEntry[]>;
  show(tenant: string, server: string, tool: string): Promise<CatalogueEntry | undefined>;
  countsByServer(tenant: string): ReturnType<ToolCatalogue['countsByServer']>;
  /** What a person should have read before they approve what it shows now. */
  findings(entry: CatalogueEntry): Promise<readonly Finding[]>;
  /**
   * Pins exactly what the person looked at, on record first: another digest by now is a conflict,
   * not a yes. The quarantine ends only after the new pin is in force. A yes stands also when no
   * configuration can be made with it: then it says why, and the last one stays in force.
   */
  approve(
    act: Act & {
      readonly server: string;
      readonly tool: string;
      readonly digest: string;
      /** Serious findings were read, and it is wanted all the same. */
      readonly acceptFindings?: boolean | undefined;
      readonly reason?: string | undefined;
    },
  ): Promise<ApprovedTool>;
  /** A no to exactly what the person looked at, which stays shut until it is another or somebody approves it. */
  reject(
    act: ReasonedAct & {
      readonly server: string;
      readonly tool: string;
      readonly digest: string;
    },
  ): Promise<CatalogueEntry>;
  /** Approves many tools of one server by one act, with one configuration at its end. */
  approveAll(
    act: Act & {
      readonly server: string;
      readonly tools: readonly { readonly tool: string; readonly digest: string }[];
      readonly reason?: string | undefined;
    },
  ): Promise<ApprovedAll>;
}

export interface ApprovedAll {
  readonly approved: readonly CatalogueEntry[];
  /** What a person has to look at by itself, and why. */
  readonly left: readonly {
    readonly tool: string;
    readonly code: Refusal['code'];
    readonly message: string;
  }[];
  /** Why the new pins are not in force yet; undefined when they are. */
  readonly unapplied: readonly string[] | undefined;
}

export interface ApprovedTool extends CatalogueEntry {
  /** Why the new pin is not in force yet; undefined when it is. */
  readonly unapplied: readonly string[] | undefined;
}

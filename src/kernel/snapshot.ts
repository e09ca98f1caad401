import type { JsonObject } from './json/value.ts';
import type { Labels } from './label.ts';
import type { Target } from './target.ts';
import type { TargetKind } from './target.ts';
import type { ArgumentBound, EffectClass, ToolClass, FieldList, DataScope } from './tool.ts';

/**
 * The immutable compiled configuration that the data plane reads. Plain serialisable data: it
 * crosses a socket as canonical JSON, and its digest names it in every decision.
 */
export interface Snapshot {
  readonly number: number;
  readonly digest: string;
  readonly createdAt: number;
  /** Raised by a restore from backup; voids all earlier grants and leases. */
  readonly epoch: number;
  readonly tenants: Readonly<Record<string, TenantSnapshot>>;
  /** Public keys (JWK, Ed25519) that sign access tokens; audience and issuer of those tokens. */
  readonly tokens: TokenTrust;
  /** Control's, over all the rest; without it no gateway takes it. */
  readonly signature?: string;
}

export interface TokenTrust {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: readonly { readonly kid: string; readonly jwk: JsonObject }[];
}

export interface TenantSnapshot {
  readonly tenant: string;
  readonly agents: Readonly<Record<string, AgentEntry>>;
  readonly manifests: Readonly<Record<string, ManifestEntry>>;
  readonly servers: Readonly<Record<string, ServerEntry>>;
  readonly policies: readonly PolicyEntry[];
  /** What users may have done for them; a user whom none is about may nothing. */
  readonly entitlements?: Readonly<Record<string, EntitlementEntry>>;
  readonly stepUps?: Readonly<Record<string, StepUpEntry>>;
  /** Sealed by the vault; opened only at the lend stage. */
  readonly secrets: Readonly<Record<string, SealedSecret>>;
  /** Approved definitions by server, then by tool name. */
  readonly pins: Readonly<Record<string, Readonly<Record<string, PinnedTool>>>>;
  /**
   * What control made of the policies above, in the engine's own text; a gateway without it judges them
   * by itself. Not part of the digest: it says nothing that the rest does not say.
   */
  readonly judgedPolicies?: string;
  /** The same of the policies with those in shadow among them. */
  readonly judgedShadow?: string;
}

/** Of an agent, from the least to the most. */
export const autonomies = ['assisted', 'semi-autonomous', 'broad'] as const;
export type Autonomy = (typeof autonomies)[number];

export interface AgentEntry {
  readonly name: string;
  readonly owner: string;
  readonly purpose: string;
  readonly manifest: string;
  readonly environment: string;
  /** In which alone it may act, where its document names some. */
  readonly environments?: readonly string[];
  /** Set where this is none of those. */
  readonly elsewhere?: true;
  readonly ratePerMinute: number;
  readonly burst: number;
  readonly callsPerDay: number | undefined;
  /** Effect classes that an unbound bearer may use; `read` unless the document widens it. */
  readonly unboundEffects: readonly EffectClass[];
  readonly suspended: boolean;
  readonly toolLimit: number;
  /** Which labels what it reads may carry; absent: any. */
  readonly clearance?: Labels;
  /** Groups of tool servers that it may reach, beside the servers that belong to none. */
  readonly groups?: readonly string[];
  /** Set when its instances share nothing; otherwise all of them share one task. */
  readonly tasks?: 'perInstance';
  /** Set when it may nothing but in a task that somebody began for it. */
  readonly standing?: 'none';
  /** How far it acts by itself, as its document says; more of it needs more controls. */
  readonly autonomy?: Autonomy;
  /** The AgentTemplate that bounds what its document may say. */
  readonly template?: string;
  /** How often somebody has to look at it, or when next, as its document says. */
  readonly reviewEveryMs?: number;
  readonly nextReview?: number;
  /** When that is: from then on it only reads, and after the grace it is suspended. */
  readonly reviewDue?: number;
}

/** What a manifest lists, of whatever kind. */
export interface ManifestTarget {
  readonly target: Target;
  /** Not this name but everything below it, which ends in a slash. */
  readonly prefix: boolean;
  readonly bounds: Bounded;
  /** Of others who bound it too: of each list at least one must hold as well. */
  readonly also?: readonly (readonly Bounded[])[];
  /** Which fields of its arguments a call may carry: all of these lists hold. Absent: whatever its schema takes. */
  readonly fields?: readonly FieldList[];
  /** Of a folder: of each list one must hold the name as well. */
  readonly inside?: readonly (readonly ManifestTarget[])[];
}

/** By argument. */
export type Bounded = Readonly<Record<string, readonly ArgumentBound[]>>;

export interface ManifestEntry {
  readonly name: string;
  /** Of every kind, in its order: tools first. */
  readonly targets: readonly ManifestTarget[];
  /** Highest sensitivity that calls of this manifest may touch. */
  readonly sensitivity: 'public' | 'internal' | 'sensitive';
  /** Of the agents whose manifest it is, and of whoever acts through them. */
  readonly data?: DataScope;
}

/** What users may: members of any of its groups, and whom it names. */
/** How a person must have signed in to do something. */
export interface StepUpEntry {
  readonly name: string;
  readonly acts: readonly string[];
  /** One of these; of nobody is one asked. */
  readonly acr: readonly string[];
  /** All of these. */
  readonly amr: readonly string[];
  /** How long ago at most. */
  readonly withinMs?: number;
  /** Only where this is decided about. */
  readonly approvalClass?: string;
}

/** Who is asked whether a user may, beside what documents say: an OpenID AuthZEN policy decision point. */
export interface PdpEntry {
  /** Without a slash at its end: `/access/v1/evaluation` stands below it. */
  readonly url: string;
  /** The secret that proves who asks. */
  readonly credential?: string;
  readonly timeoutMs: number;
  /** The arguments go along, and not their digest alone. */
  readonly sendsArguments: boolean;
  readonly network: { readonly loopback: boolean; readonly hosts: readonly string[] };
}

export interface EntitlementEntry extends ManifestEntry {
  /** INVARIANT: where it is set, nothing of this entitlement counts for a call without its yes to that call. */
  readonly pdp?: PdpEntry;
  /** By whom they must be signed in: others may call somebody else so. Undefined: by whomever. */
  readonly provider?: string;
  readonly groups: readonly string[];
  /** Subjects; as their issuer names them. */
  readonly users: readonly string[];
  /** Whoever has signed in. */
  readonly everyone: boolean;
}

export type ServerConnect =
  | {
      readonly kind: 'http';
      readonly url: string;
      /** Sent with every request, names in lower case: no secrets. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd: string | undefined;
      readonly environment: Readonly<Record<string, string>>;
      /** What is started must be this; without it, whatever the command finds. */
      readonly package?: PackagePin;
    };

/**
 * By the user's own token, which whoever made it judges. `on-behalf-of`: Entra's; `user-token`: RFC 8693, as Okta takes
 * it; `federated-token`: what Auth0 keeps for the user of a `connection`; `id-jag-exchange`: the provider makes an
 * assertion for the server's own authorization server (RFC 8693), which takes it (RFC 7523).
 */
export const carriedModes = [
  'on-behalf-of',
  'user-token',
  'federated-token',
  'id-jag-exchange',
] as const;

export type CarriedMode = (typeof carriedModes)[number];

/** How a token of another authorization server is had. */
export interface ExchangeUse {
  /**
   * `token-exchange`: our word for whom and through whom is exchanged (RFC 8693). `id-jag`: it is an assertion
   * (RFC 7523). An agent that acts for nobody gets one for the client itself, as `client-credentials` always does.
   */
  readonly mode: 'token-exchange' | 'id-jag' | 'client-credentials' | CarriedMode;
  readonly tokenEndpoint: string;
  /** Whom our assertions name; the token endpoint unless the document says otherwise. */
  readonly issuer: string;
  readonly clientId: string;
  /** The secret that proves it there; our own key without one. */
  readonly clientSecret?: string;
  readonly connection?: string;
  /** Of the machine account, where a user's own token is needed and nobody is acted for. */
  readonly machineScope?: string;
  /** Who makes assertions for it. */
  readonly provider?: {
    readonly tokenEndpoint: string;
    readonly issuer: string;
    readonly clientId: string;
  };
  readonly audience?: string;
  readonly resource?: string;
  readonly scope?: string;
  /** False: a token that does not name the agent is taken all the same. */
  readonly namesActor: boolean;
  /** What may be asked beside the world outside. */
  readonly network: { readonly loopback: boolean; readonly hosts: readonly string[] };
}

/** What a program is, by its content. */
export type PackagePin =
  | { readonly kind: 'file'; readonly sha256: string }
  | {
      readonly kind: 'npm';
      readonly name: string;
      readonly version: string;
      /** As npm writes it: `sha512-…`, of what its registry gives out. */
      readonly integrity: string;
      /** SHA-256 of the whole installed folder, with everything that it depends on. */
      readonly tree?: string;
      /** Where in `args` those of the program begin. */
      readonly argumentsFrom: number;
    }
  | {
      readonly kind: 'pypi';
      readonly name: string;
      /** Lines of pip: of it and of all that it depends on one version each, with its digests. */
      readonly requirements: readonly string[];
      readonly argumentsFrom: number;
    };

export type CredentialUse =
  | {
      readonly kind: 'header';
      readonly secret: string;
      readonly header: string;
      readonly prefix: string;
    }
  /** A token of the server's own authorization server, for the user and the agent of this call. */
  | {
      readonly kind: 'exchange';
      readonly header: string;
      readonly prefix: string;
      readonly exchange: ExchangeUse;
    }
  /** A member of the query of its address. */
  | { readonly kind: 'query'; readonly secret: string; readonly name: string }
  | {
      readonly kind: 'environment';
      readonly secret: string;
      readonly variable: string;
      /** Not a variable: it takes the place of `${variable}` among the arguments. */
      readonly inArguments?: true;
    };

/** A server that wants to know of each request for whom it is, through whom, and that it is the one that was judged. */
export interface TransactionUse {
  /** Whom the token is for: the server's own address unless its document says otherwise. */
  readonly audience: string;
  /** What it is for; the target of the call unless the document says otherwise. */
  readonly scope?: string;
}

export interface ServerEntry {
  readonly name: string;
  readonly connect: ServerConnect;
  /** Set when each request to it carries a transaction token. */
  readonly transactions?: TransactionUse;
  /** Only agents of this group reach it; without one, every agent whose manifest lists it. */
  readonly group?: string;
  /** One child per tenant and agent instance unless the document says `shared: stateless`. */
  readonly shared: boolean;
  readonly credentials: readonly CredentialUse[];
  /** `first-seen` pins what the server shows first (evaluation, shows red); `review` waits. */
  readonly pin: 'first-seen' | 'review';
  readonly timeoutMs: number;
  readonly resultBytes: number;
  /** Applies to tools that `tools` does not name: the worst. */
  readonly defaultClass: ToolClass;
  readonly tools: Readonly<Record<string, ToolClass>>;
  /** By tool, transport-shaped ones that may be called all the same, for a while. */
  readonly exceptions?: Readonly<Record<string, ToolException>>;
  /** What it may ask of whoever calls it, in mid-call; nothing when it is missing. */
  readonly asks?: readonly ClientAsk[];
  /** What it has beside its tools, by kind. A kind that is not here is not served at all. */
  readonly offers?: Readonly<Partial<Record<TargetKind, OfferClass>>>;
  /** SHA-256 of the canonical document: a changed document restarts the connection. */
  readonly digest: string;
}

/** What a server can ask a client for: its user, its model, its folders. */
export const clientAsks = ['elicitation', 'sampling', 'roots'] as const;

export type ClientAsk = (typeof clientAsks)[number];

/** Who answers for it, why it is needed, what makes up for it, and when it ends. */
export interface ToolException {
  readonly owner: string;
  readonly reason: string;
  readonly control: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** What the gateway holds about all resources, or all prompts, of a server. */
export type OfferClass = Omit<ToolClass, 'openArguments' | 'isUndeclared' | 'phase' | 'page'>;

export interface PolicyEntry {
  readonly name: string;
  readonly cedar: string;
  /** It decides nothing: what it would change is counted beside what decides. */
  readonly shadow?: true;
  /** Of a shadow: the policy whose place it would take. */
  readonly replaces?: string;
  /** In which alone its rules hold; everywhere where it names none. */
  readonly environments?: readonly string[];
}

export interface SealedSecret {
  readonly name: string;
  /** base64 of the wrapped data key, and of nonce ‖ ciphertext ‖ tag under it. */
  readonly wrappedKey: string;
  readonly sealed: string;
  readonly version: number;
}

export interface PinnedTool {
  readonly tool: string;
  readonly digest: string;
  readonly definition: JsonObject;
  readonly approvedBy: string;
  readonly approvedAt: number;
}

/** What a task, or a consent, is narrowed to. Both hold when both are there. */
export interface TaskScope {
  readonly targets?: readonly ManifestTarget[];
  readonly effects?: readonly EffectClass[];
  /** How much in all, over every call and gateway; of tasks that it was narrowed from, too. All of them hold. */
  readonly amounts?: readonly TaskAmounts[];
}

export interface TaskAmounts {
  /** Which task counts; unset until one begins with it. */
  readonly task?: string;
  readonly calls?: number;
  readonly sums?: readonly TaskSum[];
}

/** The numbers in one argument of one target, together. */
export interface TaskSum {
  /** As records write it: `tool:SERVER/TOOL`. */
  readonly target: string;
  readonly argument: string;
  readonly atMost: number;
}

/** Enrolled keys, pushed beside the Snapshot because they change far more often. */
export interface Roster {
  readonly number: number;
  /** By RFC 7638 thumbprint of the enrolled key. */
  readonly instances: Readonly<Record<string, RosterEntry>>;
  /** The task of an agent's unbound bearers, by `TENANT/AGENT`. */
  readonly unbound?: Readonly<Record<string, RosterTask>>;
  /** Of open tasks that somebody began, by `TENANT/TASK`. */
  readonly begun?: Readonly<Record<string, RosterBegun>>;
}

export interface RosterBegun {
  /** From then on nobody works in it, whether control has ended it yet or not. */
  readonly until: number;
  /** What it is narrowed to; a token of its own says whether there is such a thing. */
  readonly scope?: TaskScope;
}

export interface RosterTask {
  readonly task: string;
  readonly tasks?: 'perInstance';
}

export interface RosterEntry {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  /** INVARIANT: who has none is refused; a task is never guessed. */
  readonly current?: RosterTask & { readonly session: string };
}

import type { Evidence } from '#planes/evidence/index.ts';
import type { ObjectDesk } from '#planes/monitoring/index.ts';
import type { MarkClaims } from '#contracts/claim-marks.ts';
import type { Delegations } from '#contracts/delegations.ts';
import type { ChangeDesk } from '#contracts/change-desk.ts';
import type { WrittenDocument } from '#contracts/document-change.ts';
import type { DocumentDesk } from '#contracts/document-desk.ts';
import type { NeededSecret } from '#contracts/document-kind.ts';
import type { InstanceBook } from '#contracts/instance-book.ts';
import type { PeopleBook } from '#contracts/people-book.ts';
import type {
  CompiledConfiguration,
  Configuration,
  PartProblem,
  PlanePart,
} from '#contracts/plane-part.ts';
import type { ServerReport } from '#contracts/server-report.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import type { ExplainParts, ReplayAnswer, ReplayQuestion } from '#dry-run/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PolicyEntry, Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalDesk, OverrideDesk } from '#planes/approvals/index.ts';
import type {
  AnnotationDesk,
  AuditReader,
  EffectDesk,
  MissingDesk,
  PrivacyDesk,
  Recorder,
  RetentionShown,
} from '#planes/audit/index.ts';
import type { SecretDesk } from '#planes/credentials/index.ts';
import type { DirectoryDesk, ScimDesk } from '#planes/directory/index.ts';
import type {
  ApiTokenDesk,
  CommandLineDesk,
  ElevationDesk,
  Enrolment,
  IdentityDesk,
  PeopleDesk,
  TaskDesk,
} from '#planes/identity/index.ts';
import type { ReviewDesk, StandingDesk } from '#planes/lifecycle/index.ts';
import type {
  AssertionGrant,
  ConsentDesk,
  DelegationDesk,
  OAuthServer,
  TokenExchange,
} from '#planes/delegation/index.ts';
import type { ExportsHealth } from '#planes/export/index.ts';
import type { PasskeyDesk } from '#planes/passkeys/index.ts';
import type { PolicyView, ShadowReport } from '#planes/policy/index.ts';
import type { IndexDesk, RecordQueries } from '#planes/query/index.ts';
import type { SignInDesk, SignIns } from '#planes/sign-in/index.ts';
import type { ToolDesk } from '#planes/tools/index.ts';
import type { Replayed } from './replayed.ts';
import type { PersonTurns } from './person-turns.ts';
import type { RepeatedActs } from './repeated-acts.ts';
import type { RunningReplays } from './running-replays.ts';

/** INVARIANT: no name of a person, agent, server or tool in it, and no more of it than it has now. */
export interface Vitals {
  /** What keeps calls from being served; empty when nothing does. */
  readonly notServing: () => readonly string[];
  /** In the text form of Prometheus. */
  readonly metrics: () => Promise<string>;
}

export interface SeenServer {
  readonly gateway: string;
  readonly report: ServerReport;
}

export interface CheckedPolicies {
  readonly problems: readonly PartProblem[];
  /** Not wrong, and not as their author may think. */
  readonly warnings: readonly PartProblem[];
}

export interface PolicyReplay extends Omit<ReplayQuestion, 'current' | 'proposed'>, Proposal {}

export type ReplayedPolicies =
  | {
      readonly kind: 'replayed';
      readonly answer: ReplayAnswer;
      /** Of the policies, and of the whole configuration. */
      readonly digest: string;
      readonly configuration: string;
    }
  | { readonly kind: 'refused'; readonly problems: readonly PartProblem[] };

/** Documents in place of those of the same name, or beside the others, and those that go. */
export interface Proposal {
  readonly documents: readonly WrittenDocument[];
  readonly remove: readonly Pick<WrittenDocument, 'kind' | 'name'>[];
}

/** What would be in force; nothing that is in force is touched, and nothing is stored. */
export interface Proposals {
  /** With these documents as they are written here, and without those. Problems are answered, not thrown. */
  propose(tenant: string, wanted: Proposal): Promise<CompiledConfiguration>;
  readonly alter: ExplainParts['alter'];
}

/** Everything that people do: each checks the right, records the act with its reason, does it. */
export interface Desks {
  readonly annotations: AnnotationDesk;
  readonly approvals: ApprovalDesk;
  readonly consents: ConsentDesk;
  readonly overrides: OverrideDesk;
  readonly delegations: DelegationDesk;
  readonly directory: DirectoryDesk;
  readonly changes: ChangeDesk;
  readonly documents: DocumentDesk;
  readonly effects: EffectDesk;
  readonly objects: ObjectDesk;
  readonly recordIndex: IndexDesk;
  readonly identity: IdentityDesk;
  readonly people: PeopleDesk;
  readonly reviews: ReviewDesk;
  readonly scim: ScimDesk;
  readonly apiTokens: ApiTokenDesk;
  readonly commandLine: CommandLineDesk;
  readonly missing: MissingDesk;
  readonly passkeys: PasskeyDesk;
  readonly privacy: PrivacyDesk;
  readonly elevation: ElevationDesk;
  readonly secrets: SecretDesk;
  readonly standing: StandingDesk;
  readonly tasks: TaskDesk;
  readonly tools: ToolDesk;
}

/** The store as the API may touch it: to look, never to change. */
export interface ReadableStore {
  readonly instances: Pick<InstanceBook, 'list' | 'ofAgents' | 'unbound'>;
  readonly people: Pick<PeopleBook, 'byCredential' | 'byName'>;
}

/** What the control program hands to its API. The API opens nothing itself and decides nothing. */
export interface ControlParts {
  readonly store: ReadableStore;
  readonly desks: Desks;
  /** Who is signed in. */
  readonly sessions: SignIns;
  /** How people come in by browser. */
  readonly signIn: SignInDesk;
  /** What clients of OAuth, and their users, meet. */
  readonly oauth: OAuthServer;
  readonly delegations: Delegations;
  readonly enrolment: Pick<
    Enrolment,
    'clients' | 'enrol' | 'enrolWorkload' | 'issueToken' | 'trust'
  >;
  /** Tokens for tokens, and for assertions of identity providers. */
  readonly exchange: TokenExchange & AssertionGrant;
  /** The key by which gateways speak to authorization servers elsewhere, as those read it. */
  readonly assertionJwk: JsonObject;
  /** The key by which they tell tool servers whose request it is. */
  readonly transactionJwk: JsonObject;
  readonly reader: AuditReader;
  /** By the index of the records. */
  readonly records: RecordQueries;
  /** Who is sent the records of a tenant, and how far that is. */
  readonly exports: (tenant: string) => ExportsHealth;
  /** Packs for whoever asks for one. */
  readonly evidence: Pick<Evidence, 'make'>;
  /** How long records are kept, and what came of the last look at it. */
  readonly retention: (tenant: string) => Promise<readonly RetentionShown[]>;
  readonly recorder: Recorder;
  /** Whose views of the configuration explain a call. */
  readonly planes: {
    readonly policy: PlanePart<PolicyView>;
    /** The same that judge in the gateway. */
    readonly judges: readonly TargetJudge[];
  };
  /** As gateways mark claims of users in records. */
  readonly markClaims: MarkClaims;
  readonly clock: Clock;
  /** Where people and clients meet this program, as they write it: scheme, host and port. */
  readonly publicUrl: () => string;
  /** Where refusals of callers stand of whom nobody knows the tenant. */
  readonly systemTenant: string;
  /** Judges policies against the tools that are pinned now; nothing is kept. */
  readonly checkPolicies: (
    tenant: string,
    policies: readonly PolicyEntry[],
  ) => Promise<CheckedPolicies>;
  readonly checks: PersonTurns;
  readonly proposals: Proposals;
  /** What policies in shadow would have answered otherwise, as gateways counted it. */
  readonly shadows: (tenant: string) => ShadowReport;
  /** Recorded calls judged again as if these policies were in force; nothing is kept. */
  readonly replayPolicies: (asked: PolicyReplay) => Promise<ReplayedPolicies>;
  readonly replays: RunningReplays<Replayed>;
  /** Acts that are asked for by a key are done once. */
  readonly repeats: RepeatedActs;
  /** What is in force, with what the planes made of it. */
  readonly configuration: () => Configuration | undefined;
  readonly snapshot: () => Snapshot | undefined;
  /** Every secret that a document in force names. */
  readonly neededSecrets: (tenant: string) => readonly NeededSecret[];
  /** For whoever watches from outside: is it alive, does it serve, how much. Nothing of it is secret. */
  readonly vitals: Vitals;
  /** What each gateway said last of each tool server of the tenant. */
  readonly servers: (tenant: string) => readonly SeenServer[];
  /** Programs, protections, what is red; for `bailiwick status` and the page. */
  readonly status: (tenant: string) => Promise<JsonObject>;
}

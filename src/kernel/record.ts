import type { Effect, FlowFacts, ThreeQuestions } from './decision.ts';
import type { Json, JsonObject } from './json/value.ts';
import type { Label } from './label.ts';
import type { Actor, ClaimMark, UserLeg } from './principal.ts';
import type { TaskScope } from './snapshot.ts';
import type { EffectClass, SoftPhase } from './tool.ts';
import type { TraceIgnored } from './trace.ts';

/** What is known of what a call did: `unknown` until something proves otherwise. */
export type SideEffect = 'none' | 'done' | 'unknown';

/** Leaves of an older schema stay as they are; whoever reads one lifts it to this shape. */
export const recordSchema = 2;

/**
 * Every kind of event. The five streams of AUD-16 are the prefixes `identity.`, `policy.`,
 * `token.`, `gateway.` and `approval.`; see `streamOf`.
 */
export const recordTypes = [
  'policy.intent', // a call was decided and is about to act; the decision is in it
  'policy.outcome', // what came of it
  'policy.outcome-part', // one window of a streamed answer, before it is released
  'policy.listed', // the toolset that an agent was shown
  'policy.doubted', // two evaluators differ: from now on neither decides alone for this tenant
  'gateway.greeted', // the handshake or discovery of a protocol was answered
  'gateway.noticed', // a notification or ping was taken
  'gateway.refused', // terminal: a call was refused at `stage`
  'gateway.refused-unknown', // counted refusals of callers without an identity
  'gateway.refused-repeated', // counted repetitions of one agent's refused call
  'gateway.held', // terminal: a call waits for a human
  'gateway.late-answer', // an upstream answered after the call had ended; dropped
  'gateway.question-dropped', // an open request whose caller was to call again was let go of
  'approval.requested',
  'approval.agreed',
  'approval.approved',
  'approval.rejected',
  'approval.expired',
  'approval.withdrawn',
  'approval.reconciled',
  'override.given', // before it is: what policy asks of one agent and target goes on for some hours
  'override.reviewed', // somebody other than its giver has looked at it
  'override.ended', // before its time
  'identity.enrolled',
  'identity.join-token-issued',
  'identity.refused',
  'identity.person-added',
  'identity.person-changed', // what they may do here; it takes effect before it is recorded where it is less
  'identity.api-token-created', // for a program of a person; its digest is kept, and nothing else of it
  'identity.api-token-revoked',
  'identity.passkey-added', // from then on it signs this person in
  'identity.passkey-removed',
  'identity.rights-differ', // the store says of people, passkeys, tokens or sign-ins what nobody decided; none of it counts
  'identity.rights-mended', // and says again what was decided
  'identity.rights-taken-over', // nothing was kept beside the keys yet: the store was believed, once
  'identity.elevated', // a person took a role for a time; it ends by itself
  'identity.person-removed', // their credential is worth nothing from then on
  'identity.signed-in', // a human, by a provider or a key of their own: who, from where, how
  'identity.sign-in-refused', // of a human whom a provider vouched for, with why
  'identity.session-ended', // that sign-in is over: signed out, by the provider, by an admin, by time
  'identity.credential-renewed', // by whoever owns the folder of the keys: a person got a new credential
  'token.issued',
  'token.refused',
  'token.revoked', // one access token alone, given back by its client; refused everywhere before this is written
  'client.registered', // a client registered itself, where a document lets it
  'consent.given', // before anything stands on it: a user lets a client act for them as an agent
  'consent.narrowed',
  'consent.withdrawn',
  'credential.stored',
  'credential.removed',
  'credential.process-lease',
  'credential.process-lease-ended',
  'lifecycle.agent-suspended',
  'lifecycle.agent-resumed',
  'lifecycle.agent-orphaned', // its owner is not there any more: it is suspended after a while
  'lifecycle.agent-reviewed', // somebody looked at it, and what they saw
  'lifecycle.agent-review-overdue', // from now on it only reads, or is suspended
  'lifecycle.agent-owned', // it has an owner again who is there
  'lifecycle.instance-revoked',
  'directory.token-issued', // from now on a directory may say who is there
  'directory.token-ended',
  'directory.user-changed', // somebody came, left, came back, or is called otherwise
  'directory.group-changed',
  'directory.refused', // a connected directory asked what could not be done
  'tool.observed',
  'tool.approved',
  'tool.rejected', // it stays shut until it is shown otherwise or somebody approves it
  'tool.quarantined',
  'tool.phase-changed', // from now on more or less of what is decided of its calls is enforced
  'tool.effect-changed', // a document says otherwise what a tool can do; to write is said apart
  'tool.exception-changed', // a tool that does whatever its text says may, or may not any more
  'config.applied',
  'config.refused',
  'config.change-requested', // a risky change of documents waits for somebody else
  'config.change-approved', // before it is: somebody else said yes, or one person alone while there is nobody else
  'config.change-ended', // one that waited does not come: rejected, taken back or over
  'stop.set',
  'stop.released',
  'stop.differs', // the store lost or changed a stop, which is in force again; or has one that nobody set, which stays
  'stop.taken-over', // nothing was kept beside the keys yet: the stops of the store were believed, once
  'act.reconciled', // a recorded act of a person did not take effect, or nobody knows
  'label.raised', // before it is: a task is about to carry labels that it did not carry
  'label.held', // a person keeps things that tasks wrote from being read
  'label.released', // and lets them be read again, with what they carry
  'effect.reconciled', // a person says whether it happened; from then on the call may be made again
  'delegation.begun', // from now on an agent acts for a user, by what that user consented to
  'delegation.ended',
  'task.begun',
  'task.words', // before it counts: what a user said in a task, by which document, sealed beside it
  'task.ended', // by a person with a reason, or because its agent's document says so
  'log.opened',
  'log.recovered',
  'clock.jumped', // the machine's clock was set, or it slept: what it said before and after, and what truly went by
  'log.gap', // records could not be written, and what they were for was refused: how many, why, from when to when
  'log.directory', // which logs there are, and how long each is: one that goes or shrinks is missed
  'log.backup-taken', // of a running instance: how much, and the digest of what is in it
  'log.directory-head', // how long the directory itself is and which one, said in another log: one that was put back is found
  'log.missing', // a log that was noted is not there any more, or shorter
  'log.missing-accepted', // before it is: people say that a log is to be missed no more, up to how many records
  'log.marked', // which intents were open at this place: recovery need not look further back
  'log.pruned', // before it is: the front of a log is over, up to where, why, and with which root
  'log.retention-run', // what came of a look at how long records are kept, and what keeps them
  'log.evidence-made', // before it is there: a pack of evidence, of which period, and the digest of its list
  'log.evidence-removed', // before it is: a pack whose time is over, by which documents, and the digest of its list
  'log.read',
  'log.revealed', // what was sealed with a record is about to be shown, or looked into: to whom, and what for
  'log.annotated', // somebody's later words about a record or a task, which stay as they are
  'log.index-rebuilt', // what records are found by is made anew of the log: why, and by whom if by somebody
  'privacy.asked', // for what two must agree on
  'privacy.held', // two agreed that something must be kept
  'privacy.hold-released',
  'privacy.holds-mended', // the store said other holds than are kept beside the keys; both keep what either kept
  'privacy.erased', // before it is: the key of a subject is destroyed, by its handle; the tombstone
  'privacy.tenant-erased', // before it is, by two: the key of everything that is sealed of this tenant
  'privacy.erased-again', // keys that had come back with a store that was put back, or that a crash had left
  'export.changed', // from now on records go to another place, or to one less: which, and where
  'export.dead-lettered', // a receiver will never take these records; they stay in the log
  'api.read', // a person read configuration or state
  'api.refused', // a person or a program was refused at the API
  'gateway.started',
  'gateway.stopped',
] as const;

export type RecordType = (typeof recordTypes)[number];

/** POL-23: who acts, what is asked, what can it invoke, may it go on without a human? */
export interface FourQuestions {
  readonly who: string;
  readonly asks: string;
  readonly canInvoke: string;
  readonly withoutHuman: boolean;
}

export interface DecisionPart {
  readonly effect: Effect;
  readonly rules: readonly string[];
  readonly policyDigest: string;
  readonly questions: ThreeQuestions;
  readonly errors: readonly string[];
}

/**
 * What rules were told beside the arguments and what else stands in the record, so that it can be decided again.
 * INVARIANT: no value of the call, and nothing that a provider said of the user but groups and how they signed in.
 */
/** What the task was narrowed to; of one too large for a record, its digest alone. */
export type RecordedScope =
  | Pick<TaskScope, 'targets' | 'effects'>
  | { readonly targets?: undefined; readonly effects?: undefined; readonly digest: string };

export interface FactsPart {
  readonly user?: Pick<UserLeg, 'issuer' | 'groups' | 'acr' | 'amr' | 'signedInAt'> & {
    readonly claims?: readonly ClaimMark[];
  };
  readonly scope?: RecordedScope;
  readonly flow?: Omit<FlowFacts, 'reasons' | 'leaks'> & { readonly leaks?: readonly Label[] };
}

/** What a decision point outside answered when it was asked whether the user may. */
export interface PdpPart {
  /** The entitlements that need its yes. */
  readonly entitlements: readonly string[];
  readonly answer: 'permit' | 'deny' | 'unavailable';
  /** Why there is no answer that counts; in our words. */
  readonly reason?: string;
}

/** A tool that is not enforced yet: what would have been answered to a call that went on. */
export interface WouldHavePart {
  readonly phase: SoftPhase;
  /** What its caller would have heard: a refusal, or that a human is asked. */
  readonly effect: 'refuse' | 'hold';
  /** The codes of what would have been said, in the order of the gates; the first is the answer. */
  readonly codes: readonly string[];
}

/** What it was about, once that was resolved. */
export interface TargetPart {
  /** As `targetText` writes it: `tool:billing/create_refund`. */
  readonly target: string;
  /** Of the definition that was judged. */
  readonly digest: string;
  readonly effectClass: EffectClass;
}

/** A salted commitment: proves the bytes to whoever holds salt and bytes, tells others nothing. */
export interface Commitment {
  readonly sha256: string;
  readonly bytes: number;
  /** Of records of earlier versions alone: since, it is sealed in the body, and goes with its key. */
  readonly salt?: string;
}

export interface RefusalPart {
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  readonly count?: number;
}

export interface LeasePart {
  readonly id: string;
  readonly secret: string;
  /** Salted digest of the value, never the value. */
  readonly digest: string;
  readonly scope: string;
  readonly bound: 'call' | 'process';
}

/** One window of an answer. */
export interface WindowPart {
  /** Counted from 1, without a hole. */
  readonly number: number;
  readonly bytes: number;
  readonly commitment: Commitment;
}

/** The part records of one outcome. */
export interface OutcomeParts {
  readonly count: number;
  readonly bytes: number;
  /** SHA-256 over the 32 bytes of each part's commitment, in their order. */
  readonly digest: string;
  /** Id of the record of the last one. */
  readonly last: string;
}

/** What a model was given and gave, in tokens. */
export interface UsagePart {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The provider did not say; we counted. */
  readonly estimated: boolean;
}

/**
 * One event, before it becomes a leaf. The recorder adds id, schema, time, writer and sequence.
 * Every part is optional but type, tenant and actors: AUD-02 pins which type must have which.
 */
export interface RecordDraft {
  readonly type: RecordType;
  readonly tenant: string;
  readonly actors: readonly Actor[];
  readonly session?: string;
  readonly task?: string;
  /** Said where the instances of the agent share no task. */
  readonly tasks?: 'perInstance';
  readonly call?: string;
  /** Id of the intent that this outcome closes. */
  readonly intent?: string;
  readonly method?: string;
  readonly source?: string;
  readonly target?: TargetPart;
  /** What was asked for, as the caller wrote it; `unknown:` and a keyed digest where it names nothing here. */
  readonly named?: string;
  readonly questions?: FourQuestions;
  readonly decision?: DecisionPart;
  /** Of a decision for a user, or over values that flow; missing where there is neither. */
  readonly facts?: FactsPart;
  readonly wouldHave?: WouldHavePart;
  /** In the order in which they were asked; missing when nobody was. */
  readonly pdp?: readonly PdpPart[];
  readonly arguments?: Commitment;
  readonly result?: Commitment;
  /** Of what a stranger said instead of an answer, or of a name that its caller made up: sealed with the record, and nowhere in it. */
  readonly heard?: Commitment;
  /** Of a window: which one it is, and what left. */
  readonly part?: WindowPart;
  /** Of an outcome that was released in windows: which part records it stands for. */
  readonly parts?: OutcomeParts;
  readonly usage?: UsagePart;
  readonly labels?: { readonly in: readonly Label[]; readonly out: readonly Label[] };
  readonly approval?: {
    readonly id: string;
    readonly by?: string;
    readonly class?: string;
    /** It is an override, which was given beforehand, and no yes to this very call. */
    readonly override?: true;
  };
  readonly lease?: readonly LeasePart[];
  readonly effect?: SideEffect;
  readonly refusal?: RefusalPart;
  readonly snapshot?: string;
  readonly overlay?: number;
  readonly durationUs?: number;
  /** The caller's `traceparent`, or the bare id of a trace that began with this call; see `trace.ts`. */
  readonly trace?: string;
  /** Said where what the caller sent of its trace does not stand. */
  readonly traceIgnored?: TraceIgnored;
  readonly details?: JsonObject;
}

/** A record as it stands in the log. */
export interface RecordEnvelope extends RecordDraft {
  readonly schema: typeof recordSchema;
  readonly id: string;
  readonly time: string;
  readonly monotonicUs: number;
  readonly writer: string;
  /** Which one this is, as whoever started it says; missing where nobody did. Never from a caller. */
  readonly environment?: string;
  /** Counts per session and writer, from 1 in each life of its count; a hole is a missing record. */
  readonly sequence: number;
  /** Which count that is: when it began, later than any before it. Missing in records of earlier versions. */
  readonly life?: number;
  /**
   * Fields of this record that its reader must understand. INVARIANT: a reader that does not know
   * one of them refuses the record; fields that stand nowhere here may be passed over.
   */
  readonly required?: readonly string[];
  /** Of a sealed body kept beside the log. */
  readonly payload?: SealedPart;
}

export interface SealedPart {
  /** Of the body as it is sealed. */
  readonly sha256: string;
  /** Of the words in it. */
  readonly bytes: number;
  readonly key: string;
  /** Of which commitments of this record salts stand before the words, so many bytes each, in this order. */
  readonly salts?: readonly string[];
}

/** What somebody's later words are about. */
export interface Annotated {
  readonly kind: 'record' | 'task';
  readonly id: string;
}

/** What a record is an annotation of; undefined for any other, and for one that names nothing or two things. */
export function annotatedBy(record: {
  readonly type?: Json | undefined;
  readonly details?: Json | undefined;
}): Annotated | undefined {
  if (record.type !== 'log.annotated') return undefined;
  const { record: ofRecord, task: ofTask } = (record.details ?? {}) as JsonObject;
  if (typeof ofRecord === 'string') {
    return ofTask === undefined ? { kind: 'record', id: ofRecord } : undefined;
  }
  return typeof ofTask === 'string' ? { kind: 'task', id: ofTask } : undefined;
}

/** Whether it takes back the annotation that it is about; that one stays where it is. */
export function withdraws({ details }: { readonly details?: Json | undefined }): boolean {
  return ((details ?? {}) as JsonObject)['withdraws'] === true;
}

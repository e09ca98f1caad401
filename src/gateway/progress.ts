import type { GivenOverride } from '#contracts/override-book.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import type { Call, HeldApproval, Page, SideEffect } from '#kernel/call.ts';
import type { Decision, FlowFacts } from '#kernel/decision.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Approval } from '#kernel/grant.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Commitment, PdpPart, WouldHavePart } from '#kernel/record.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { Loan } from '#planes/credentials/index.ts';
import type { ActionFile } from './action.ts';
import type { Attempt } from './attempt.ts';
import type { Answer } from './intake.ts';
import type { TakenStream, Window } from './taken-stream.ts';
import type { Heard } from './heard.ts';
import type { Surplus } from './needed-arguments.ts';
import type { Subject } from './subject.ts';

/**
 * What is known of a call, stage by stage. INVARIANT: a stage is given what the stages before it
 * have surely found out, and nothing else; so it has no question whether something is there.
 */
export interface Called {
  readonly call: Call;
  readonly file: ActionFile;
  readonly startedAt: number;
  /**
   * Set on the second way through, after the gateway has looked at the tool server: who asked. What
   * is charged or proved once for a call was so on the first way.
   */
  readonly lookedFor: Principal | undefined;
}

export interface Admitted extends Called {
  /** Taken once, so that one call is judged by one configuration. */
  readonly configuration: Configuration;
  readonly overlayNumber: number;
}

export interface Identified extends Admitted {
  readonly principal: Principal;
}

/** It may act at all. `agent`: undefined for what the gateway itself asks. */
export interface Stood extends Identified {
  readonly agent: AgentEntry | undefined;
}

/** Something that the gateway can tell from its configuration was found. */
export interface Told extends Stood {
  readonly page: Page;
}

/** What it is about was found, and the call fits it. */
export interface Resolved extends Stood {
  readonly subject: Subject;
  /** SHA-256 of the canonical argument bytes. */
  readonly argumentsDigest: string;
  /** What it carried that its task does not need, and which is gone; absent: nothing. */
  readonly surplus?: Surplus | undefined;
  /** Set once a gate said no to it and its phase let it go on. */
  readonly wouldHave?: WouldHavePart | undefined;
}

export interface Inspected extends Resolved {
  readonly labelsIn: Labels;
  /** Where its values came from; undefined where its document declares no flow. */
  readonly flow?: FlowFacts | undefined;
  /** What became of words that came with it; undefined where none did. */
  readonly heard?: Heard | undefined;
}

export interface Decided extends Inspected {
  readonly decision: Decision;
  /** What decision points outside answered; undefined when none has a say in it. */
  readonly pdp?: readonly PdpPart[] | undefined;
}

/** No human has to say yes, or one has. */
export interface Approved extends Decided {
  readonly approval: Approval | undefined;
  /** A yes that was given beforehand, under which nobody was asked. */
  readonly override?: GivenOverride | undefined;
}

/** INVARIANT: its id is that of a durable record. From here on something may happen. */
export interface Intended extends Approved {
  readonly intent: string;
}

export interface Lent extends Intended {
  readonly loan: Loan;
  readonly attempt: Attempt;
}

/** Something came back, cleaned of what must not be told. */
export interface Answered extends Lent {
  readonly answer: Answer | TakenStream;
}

export interface AnsweredWhole extends Lent {
  readonly answer: Answer;
}

/** One window of it. */
export interface Windowed extends Lent {
  readonly window: Window;
}

/** INVARIANT: the bytes that the record commits to are the ones that are released. */
export interface Fitted extends AnsweredWhole {
  readonly result: JsonObject;
  readonly resultBytes: Buffer;
}

/** INVARIANT: without the id of a durable record nothing is released. */
export interface Settled extends Stood {
  readonly recordId: string;
}

/** Everything that a stage can find out, beside what it passes on when it lets a call go on. */
type Found = Omit<Answered & Omit<Fitted, 'answer'> & Told & Settled, keyof Called> & {
  readonly argumentsCommitment: Commitment;
  readonly held: HeldApproval;
};

/** A call wherever it ended: what was found out until then, for its record. */
export type SoFar = Called & { readonly [Key in keyof Found]?: Found[Key] | undefined };

/**
 * Where every walk begins. All that can be found stands in it from the start, unknown, because an
 * object that grows member by member is dear on the way of every call.
 */
export const nothingFound: Readonly<Record<keyof Found, undefined>> = {
  configuration: undefined,
  overlayNumber: undefined,
  principal: undefined,
  agent: undefined,
  page: undefined,
  subject: undefined,
  argumentsDigest: undefined,
  argumentsCommitment: undefined,
  surplus: undefined,
  wouldHave: undefined,
  labelsIn: undefined,
  flow: undefined,
  heard: undefined,
  decision: undefined,
  pdp: undefined,
  approval: undefined,
  override: undefined,
  held: undefined,
  intent: undefined,
  loan: undefined,
  attempt: undefined,
  answer: undefined,
  result: undefined,
  resultBytes: undefined,
  recordId: undefined,
};

export function effectOf(walk: SoFar): SideEffect {
  return walk.attempt?.effect ?? 'none';
}

/** The server must be looked at first, which takes time: then the call is judged from admit on. */
export interface LookFirst {
  readonly kind: 'look-first';
  readonly server: string;
}

/** It is answered from the configuration, without asking anybody. */
export interface ToldAlready {
  readonly kind: 'told';
  readonly page: Page;
}

export type Why =
  | Refusal
  | LookFirst
  | ToldAlready
  | { readonly kind: 'held'; readonly held: HeldApproval };

/** A call takes the place of the one that was sent when its arguments were completed. */
type FoundOut = Partial<Omit<SoFar, keyof Called>> & { readonly call?: Call };

/** A stage does not let the call go on; `found` is what it found out all the same. */
export class Exit {
  readonly why: Why;
  readonly found: FoundOut;

  constructor(why: Why, found: FoundOut = {}) {
    this.why = why;
    this.found = found;
  }
}

/** A refusal is an exit without more. */
export type Step<Added> = Added | Refusal | Exit;

/** A stage returns a promise only when it really waits: most calls never do. */
export type Stage<In extends Called, Added> = (walk: In) => Step<Added> | Promise<Step<Added>>;

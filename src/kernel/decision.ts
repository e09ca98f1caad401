import type { JsonObject } from './json/value.ts';
import type { Label, Labels } from './label.ts';
import type { UserLeg } from './principal.ts';
import type { Autonomy } from './snapshot.ts';
import type { Target } from './target.ts';
import type { DataScope, FlowBulk, SinkKind } from './tool.ts';

export type Effect = 'allow' | 'deny' | 'approve';

/** POL-14: the three questions, answered and recorded for every call. */
export interface ThreeQuestions {
  readonly mayCallTool: boolean;
  readonly insideEnvelope: boolean;
  readonly crossesSensitivity: boolean;
}

/** A decision is data: it carries its reasons. */
export interface Decision {
  readonly effect: Effect;
  /** Ids of the rules that led to it. INVARIANT: recorded, never shown to the agent. */
  readonly rules: readonly string[];
  readonly policyDigest: string;
  readonly questions: ThreeQuestions;
  /** Which kind of yes is asked; a grant of another class does not serve. */
  readonly approvalClass: string | undefined;
  /** Why, for people who may read policy: approver, analyst, auditor. */
  readonly explanation: string;
  readonly errors: readonly string[];
  /** It is an error because the arguments are more than the engine is ever asked about. */
  readonly tooLarge?: boolean;
}

/** Why a value may not act by itself. */
export const flowWhys = [
  'no-words', // nobody's words are known: every value is doubtful once a stranger has written something
  'stranger', // it stands in what a stranger wrote, and nowhere better
  'unproved', // it stands nowhere at all
  'several', // the user pointed at where it stands, and there are others beside it
  'not-asked', // no word of the user is about such a deed
  'again', // the very same was done before
  'unwanted', // the user said that it is not to be
  'too-much', // more than is looked into
] as const;

export type FlowWhy = (typeof flowWhys)[number];

/** One value that is not free, or the deed itself. INVARIANT: it never holds the value: that is sealed. */
export interface FlowReason {
  readonly why: FlowWhy;
  /** Path of the argument; undefined: it is about the call. */
  readonly argument: string | undefined;
  readonly kind: SinkKind | undefined;
  /** Where it appeared first: the result of which call, at which path. */
  readonly origin:
    | { readonly target: string; readonly call: string; readonly path: string }
    | undefined;
  /** How it stood there. */
  readonly form: 'verbatim' | 'encoded' | 'pieces' | undefined;
  /** It looks like something that the user named, and is not. */
  readonly lookAlike: boolean;
  /** How many others of its kind stood there. */
  readonly beside: number;
}

/** What is known of where the values of a call came from; read by policy as `context.flow`. */
export interface FlowFacts {
  readonly verdict: 'auto' | 'step-up' | 'no';
  /** Whether the user's own words are known. */
  readonly intent: boolean;
  /** The kinds of values that are not free, and why, sorted; the first places where they appeared. */
  readonly kinds: readonly SinkKind[];
  readonly whys: readonly FlowWhy[];
  readonly origins: readonly string[];
  /** Every value that is not free, the worst first; for people, rules do not see them. */
  readonly reasons: readonly FlowReason[];
  /** Values that would not be free, had nobody said yes to them in this sink of this task; for people as well. */
  readonly answered?: readonly AnsweredValue[];
  /** What the user said, as far as it is wanted still; by its way and record, never the words. */
  readonly words?: readonly SaidBy[];
  /** Which of these names a value as it is, by its number there. */
  readonly named?: readonly NamedValue[];
  /** Absent where nothing is told that may not be; rules see the labels. */
  readonly leaks?: readonly FlowLeak[];
  /** How much goes; absent where it is not counted. */
  readonly bulk?: BulkFacts;
  /** Absent where it stays within the scope of its data, or none is declared. */
  readonly scope?: ScopeFacts;
}

export const bulkBounds = ['rows', 'bytes', 'window-rows', 'window-bytes', 'window-calls'] as const;

export type BulkBound = (typeof bulkBounds)[number];

/** How much a call moves, by itself and with all that went the same way within the window. */
export interface BulkFacts {
  readonly rows: number;
  readonly bytes: number;
  readonly within: { readonly rows: number; readonly bytes: number; readonly calls: number };
  readonly most: Pick<FlowBulk, 'call' | 'window'>;
  /** Which bounds are passed. */
  readonly over: readonly BulkBound[];
  /** What of it is confidential, as far as the task is known. */
  readonly labels: Labels;
  /** What is over is refused by its document. */
  readonly refuses: boolean;
}

/** A value that leads outside of a scope of data. INVARIANT: never the value. */
export interface OutsideValue {
  readonly argument: string;
  readonly kind: SinkKind;
}

export interface ScopeFacts {
  readonly outside: readonly OutsideValue[];
  readonly what: DataScope['outside'];
  readonly severity: 'low' | 'medium' | 'high';
}

/** Where words of the user came from. */
export interface SaidBy {
  readonly way: string;
  /** Empty of the begin of a task. */
  readonly record: string;
}

export interface NamedValue {
  readonly argument: string;
  readonly words: number;
}

/** Something confidential that a call would tell where it may not be told. INVARIANT: never the value. */
export interface FlowLeak {
  readonly label: Label;
  /** Path of the argument; undefined: of all that it sends together, or not known. */
  readonly argument: string | undefined;
  /** Undefined: what the task has read is not known whole, so it counts as there. */
  readonly origin: FlowReason['origin'];
  readonly form: FlowReason['form'];
}

/** What rules see of it. */
export function leakedLabels(leaks: readonly FlowLeak[] = []): readonly Label[] {
  return [...new Set(leaks.map(({ label }) => label))].sort();
}

/** Which argument, and by which approval. */
export interface AnsweredValue {
  readonly argument: string;
  readonly approval: string;
}

/** What the policy engine sees. Plain data, so that a recorded one can be replayed. */
export interface DecisionInput {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly user: string | undefined;
  /** More of the user than the name; only rules that ask for a user see it. */
  readonly person?: UserLeg | undefined;
  /** Agents through whom it came; missing when nobody handed over. */
  readonly via?: readonly string[];
  readonly binding: string;
  /** What the call is about, of whatever kind. */
  readonly target: Target;
  /** Of what a human approved of it, such as the definition of a tool. */
  readonly targetDigest: string;
  readonly effectClass: string;
  readonly reversible: boolean;
  readonly sensitivity: string;
  readonly arguments: JsonObject;
  readonly labels: Labels;
  readonly environment: string;
  /** As the agent's document declares it. */
  readonly autonomy?: Autonomy | undefined;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Only of a target whose document declares flow. */
  readonly flow?: FlowFacts | undefined;
}

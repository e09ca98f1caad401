import type { FlowFacts, FlowLeak } from '#kernel/decision.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import type { EffectClass, ToolFlow } from '#kernel/tool.ts';
import type { LeakQuestion } from './leaking.ts';
import type { UserWords } from './words.ts';

export type { LeakQuestion } from './leaking.ts';
export type { UserWords } from './words.ts';

/** A result that is about to be told in a task. */
export interface Brought {
  /** As records name it. */
  readonly target: string;
  readonly call: string;
  /** Undefined: its document says nothing of its fields. */
  readonly flow: ToolFlow | undefined;
  /** Whether it carries what strangers wrote. */
  readonly untrusted: boolean;
  /** What all of it carries, beside what its document says of fields; absent: nothing. */
  readonly whole?: Labels;
  readonly effect: EffectClass;
  readonly arguments: JsonObject;
  readonly argumentsDigest: string;
  readonly result: JsonObject;
  readonly told?: WhenTold;
}

/** By the machine's clock, in milliseconds. */
export interface WhenTold {
  readonly at: number;
  /** No earlier did the call do anything. */
  readonly begunAt: number;
  /** By which gateway, where that is on record; undefined: by this one, just now. */
  readonly by: string | undefined;
}

/** One call of a task, as it is remembered. */
export interface Lately {
  readonly target: string;
  readonly call: string;
  readonly flow: ToolFlow | undefined;
  /** What all of its answer carries. */
  readonly whole: Labels;
  readonly at: number;
  /** Undefined: not all of it is kept. */
  open(): { readonly asked: JsonObject; readonly result: JsonObject } | undefined;
}

export interface FlowQuestion {
  readonly target: string;
  readonly flow: ToolFlow;
  readonly effect: EffectClass;
  readonly reversible: boolean;
  readonly arguments: JsonObject;
  readonly argumentsDigest: string;
  readonly words: UserWords | undefined;
  /** Whether the task has read what strangers wrote. */
  readonly untrusted: boolean;
  /** Whether everything that the task has read came by here. */
  readonly seenAll: boolean;
  /** Something that this task itself was told, or did, is not known: nothing is the only one of its kind, nor surely not done yet. */
  readonly missing?: boolean;
}

/** What results have brought into each task, and what may be done with it. Pure, linear, bounded. */
export interface FlowMemory {
  /** Nothing of a stranger's has been told in it so far: what it brings from now on is known whole. */
  begin(task: string): void;
  learn(task: string, brought: Brought): void;
  /**
   * Reads a part of what was learnt, a few milliseconds long. False: there is more. Whoever judges reads what is left,
   * and lets nobody else be served meanwhile.
   */
  settle(task: string): boolean;
  judge(task: string, question: FlowQuestion): FlowFacts;
  /** Whether a turn says again what a stranger wrote in it, the whole of it or a part. */
  repeats(task: string, turn: string): boolean;
  /** What a call would tell that it may not: apart from who chose its values. */
  leaks(task: string, question: LeakQuestion): readonly FlowLeak[];
  /** What it was told and what it did, the newest first. */
  lately(task: string): Iterable<Lately>;
  /** Something of a stranger's was told that could not be looked into. */
  missed(task: string): void;
  /** Nor is it known what a call did that did something. */
  lost(task: string): void;
  /** Whether this call of it was learnt. */
  knows(task: string, call: string): boolean;
  /** Of what is remembered of a task: another one after it was dropped. Undefined: nothing is, or only what came after that. */
  ageOf(task: string): number | undefined;
  /** Somebody begins to read what it was told before. Answers what is remembered of it from here on, as `ageOf` names it. */
  resume(task: string): number;
  /**
   * All that it was told before is learnt by now, so that nothing of it is missed because it was dropped here. False: what was
   * read into has been dropped meanwhile.
   */
  caughtUp(task: string, age: number): boolean;
  /** The task is over. */
  end(task: string): void;
}

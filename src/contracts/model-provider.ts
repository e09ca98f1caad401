import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import type { CredentialUse } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { Streamed, StreamUsage } from './streamed.ts';
import type { Lent } from './tool-server.ts';

/** One model of a provider, as its document says: what the gateway holds about it. */
export interface ModelEntry {
  /** What the provider calls it. */
  readonly upstream: string;
  readonly effect: EffectClass;
  readonly reversible: boolean;
  readonly sensitivity: 'public' | 'internal' | 'sensitive';
  /** What of it may be told to this model; absent where its sensitivity alone says so. */
  readonly clearance?: Labels;
  /** Of one choice; undefined bounds nothing. */
  readonly maxOutputTokens: number | undefined;
  /** Labels that everything that it says carries. */
  readonly resultLabels: Labels;
  /** Absent where what it says is kept, sealed, beside the records. */
  readonly record?: 'commitment-only';
}

/** A model provider, compiled from its `Model` document. */
export interface ProviderEntry {
  readonly name: string;
  /** Which shape of API it speaks: the `kind` of the adapter that reaches it. */
  readonly kind: string;
  /** The address below which it answers; what lies there is the adapter's to know. */
  readonly url: string;
  readonly credentials: readonly Extract<CredentialUse, { kind: 'header' }>[];
  /** A whole generation, its stream included. */
  readonly timeoutMs: number;
  /** The longest silence in the middle of an answer. */
  readonly idleMs: number;
  readonly answerBytes: number;
  readonly models: Readonly<Record<string, ModelEntry>>;
  /** SHA-256 of the canonical document: a changed document opens new connections. */
  readonly digest: string;
}

export interface Generation {
  /** What the provider calls the model. */
  readonly model: string;
  /**
   * The canonical object that was judged, without `model` and `stream_options`; `stream` stands in it
   * when it is true.
   * INVARIANT: sent as it is; what is said beside it is not the caller's.
   */
  readonly request: Buffer;
  /** Asked for, of each choice; undefined where the request bounds itself, or nothing is bounded. */
  readonly maxOutputTokens: number | undefined;
  /** How many answers the request asks for; INVARIANT: more are not told. */
  readonly choices: number;
  readonly stream: boolean;
  readonly lent: readonly Lent[];
  readonly signal: AbortSignal;
  /** A W3C `traceparent` of ours. */
  readonly trace: string;
}

export interface FailedGeneration {
  readonly kind: 'failed';
  /** In our words alone. */
  readonly refusal: Refusal;
  /** `none` only when not one byte of the request left; an error that was told is `unknown`. */
  readonly effect: SideEffect;
  /** What the provider wrote, whole and as it came: for the gateway's intake alone. */
  readonly said?: string;
}

/**
 * Lanes of a streamed generation are `CHOICE/content`, `CHOICE/refusal`, `CHOICE/reasoning` and
 * `CHOICE/tool/TOOL/arguments`. Its facts are one of these.
 */
export type GenerationFact =
  | {
      /** The first of a stream, once. */
      readonly fact: 'begun';
      readonly id: string;
      readonly model: string;
      readonly created: number;
    }
  /** Once for each tool call, before its arguments. */
  | {
      readonly fact: 'tool';
      readonly choice: number;
      readonly tool: number;
      readonly id: string;
      readonly name: string;
    }
  /** The last of a choice. */
  | { readonly fact: 'finished'; readonly choice: number; readonly reason: string };

export type GenerationAnswer =
  | {
      readonly kind: 'answer';
      /** A chat completion without its usage, made from members that are known. */
      readonly completion: JsonObject;
      /** Undefined when the provider did not say. */
      readonly usage: StreamUsage | undefined;
      readonly bytes: number;
    }
  | { readonly kind: 'stream'; readonly stream: Streamed }
  | FailedGeneration;

export interface ModelConnection {
  /** Never rejects, and never asks twice: a generation is not repeated by itself. */
  generate(generation: Generation): Promise<GenerationAnswer>;
  /** Ends what is open. */
  close(): Promise<void>;
}

/**
 * Adapter kind: one per shape of API. What is asked and answered here is in the words of OpenAI's chat
 * completions, because the front and the judge of requests speak them; an adapter of another API
 * translates on its own side.
 */
export interface ModelProvider {
  /** As a document writes it in `api`. */
  readonly kind: string;
  /** Opens lazily: a fault shows at the first generation. */
  open(entry: ProviderEntry): ModelConnection;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Admin } from './admin.ts';
import type { Called, ScriptedAgent } from './agent.ts';
import type { Proof } from './proof.ts';

export type Role = 'support' | 'refunds' | 'analyst';

/** What the scenes play with. */
export interface Stage {
  readonly agents: Readonly<Record<Role, ScriptedAgent>>;
  readonly admin: Admin;
  /** Where the vendor of the billing server says something to its users. */
  readonly billingNotice: string;
  /** Secrets that no agent may ever see. */
  readonly canaries: readonly string[];
}

/** What must come of a call, and in which words it is announced. */
export interface Expected {
  readonly scene: string;
  readonly told: string;
  readonly decision: Called['decision'];
  readonly code?: string;
  /** Undefined when it went as told, otherwise what was wrong. */
  readonly check?: (called: Called) => string | undefined;
}

export interface Scene {
  readonly scene: string;
  readonly told: string;
  readonly call: { readonly tool: string; readonly arguments: JsonObject };
  readonly decision: Called['decision'];
  readonly code: string | null;
  readonly record: string | null;
  readonly proof: Proof;
  readonly ok: boolean;
  readonly note?: string;
}

/** Hands a played call to whoever proves and tells it. */
export type Play = (expected: Expected, called: Called, note?: string) => Promise<Scene>;

/** Again and again until it is so; what does not come true in time ends the story, and says so. */
export async function until<T>(
  ms: number,
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
): Promise<{ readonly answer: T; readonly took: number }> {
  const started = performance.now();
  for (;;) {
    const answer = await ask();
    const took = performance.now() - started;
    if (isSo(answer)) return { answer, took };
    if (took > ms) throw new Error(`it did not come true in ${ms} ms: ${isSo.toString()}`);
    await sleep(50);
  }
}

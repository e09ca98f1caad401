import { z } from 'zod';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { isBelonging, type Label, labelCeiling } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import { effectClasses } from '#kernel/tool.ts';
import { tokenSpan, type Traced, traceparentFrom } from '#kernel/trace.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { tracedPart } from './records.ts';

export const handOffType = 'bailiwick-hand-off';

const name = z.string().min(1).max(256);

/** What one agent was given to hand on to another. It says what was asked; what may be had is judged anew. */
const claimsShape = z.object({
  jti: name,
  iat: z.int(),
  exp: z.int(),
  sub: name,
  may_act: z.strictObject({ sub: name }),
  tenant: name,
  from: z.strictObject({ agent: name, instance: name }),
  task: name,
  dlg: name.optional(),
  eff: z.array(z.enum(effectClasses)).min(1),
  scope: z.custom<JsonObject>(isJsonObject).optional(),
  labels: z.array(
    z.strictObject({
      label: z.union([z.enum(labelCeiling), z.custom<Label>(isOfSomebody)]),
      session: z.string(),
      source: z.string(),
    }),
  ),
  /** Of what whoever takes it over is told to do. */
  details: z.string().regex(/^[0-9a-f]{64}$/),
  /** A `traceparent` of ours: the span is what handed it on. */
  trace: z.string().max(55).optional(),
});

function isOfSomebody(given: unknown): boolean {
  return typeof given === 'string' && isBelonging(given);
}

export type HandOffClaims = z.infer<typeof claimsShape>;

/** INVARIANT: signed by us, of this type, now; whose it is and whether it was used, is judged after. */
export function readHandOff({ own, clock }: ExchangeParts, text: string): HandOffClaims {
  const stated = own.readStatement(handOffType, text);
  const read = stated === undefined ? undefined : claimsShape.safeParse(stated);
  if (read?.success !== true) throw new BailiwickError('identity/invalid-hand-off');
  const { iat, exp } = read.data;
  const now = clock.now();
  const isNow = iat * 1_000 <= now + limits.clockSkewMs && exp * 1_000 > now;
  if (!isNow || (exp - iat) * 1_000 > limits.handOffTokenMs) {
    throw new BailiwickError('identity/invalid-hand-off', {
      message: 'the hand-off token is over',
    });
  }
  return read.data;
}

/**
 * A hand-off is a span in the trace of whoever asks for it, or begins one. Its ids are of the token, as its
 * record says it. INVARIANT: signed with it, so that whoever takes it over does not choose.
 */
export function handOffTrace(traced: Traced, token: string) {
  const { trace = token.slice(16, 48), traceIgnored } = traced;
  return {
    record: tracedPart({ trace, traceIgnored }),
    claim: traceparentFrom(trace, tokenSpan(token)),
  };
}

export interface RequestDetails {
  /** What is to be done, in words. */
  readonly instruction: string;
  readonly digest: string;
}

/** The instruction that goes with it: whoever gives it says it, whoever takes it over shows the same. */
export function readDetails(text: string | undefined): RequestDetails {
  const value = text === undefined ? undefined : jsonIn(text);
  const instruction = isJsonObject(value) ? value['instruction'] : undefined;
  if (typeof instruction !== 'string' || instruction.trim() === '') {
    throw new BailiwickError('identity/invalid-hand-off', {
      message:
        '`request_details` must be a JSON object whose `instruction` says what is to be done',
    });
  }
  if (Buffer.byteLength(text ?? '') > limits.intentBytes) {
    throw new BailiwickError('identity/invalid-hand-off', {
      message: 'the instruction is too long',
    });
  }
  return { instruction, digest: sha256Hex(canonicalText(value ?? null)) };
}

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(Buffer.from(text));
  } catch {
    return undefined;
  }
}

const agentAudience = /^agent:([a-z0-9][a-z0-9-]{0,63})$/;

/** `agent:NAME`: to whom it is handed. */
export function agentIn(targets: readonly string[]): string {
  const [, agent] = agentAudience.exec(targets[0] ?? '') ?? [];
  if (agent !== undefined && targets.length === 1) return agent;
  throw new BailiwickError('oauth/invalid-target', {
    message: 'a hand-off names one agent as its `audience`: `agent:NAME`',
  });
}

export function mayActOf(tenant: string, agent: string): string {
  return `agent:${tenant}/${agent}`;
}

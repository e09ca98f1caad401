import { z } from 'zod';
import { longestBeforeText } from '#contracts/grant-ledger.ts';
import { longestObjectName, mostNamedObjects, mostReadings } from '#contracts/object-book.ts';
import { serverLines } from '#contracts/server-report.ts';
import { longestSigner } from '#contracts/signers.ts';
import { flowWhys } from '#kernel/decision.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isBelonging, type Label } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import {
  longestTargetText,
  parseTarget,
  sameTarget,
  targetKinds,
  targetText,
} from '#kernel/target.ts';
import { sinkKinds } from '#kernel/tool.ts';
import { protocolVersion } from './wire.ts';

/** So many reports at once; what is more goes with the next message. */
export const serversPerMessage = 64;

// The fields of what a gateway may send. Unknown ones are refused: both ends are one release.

// PostgreSQL holds no NUL in a text, and no name of ours has one.
export const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((value) => !value.includes('\u0000'), 'holds a NUL');
export const name = text(512);
export const time = z.int().nonnegative();
export const amount = z.number();
export const digest = text(128);
export const json = z.custom<JsonObject>((value) => isJsonObject(value));
export const tenant = text(64);
/** A name as records have it. */
export const keySubject = text(1_024).min(1);
export const keyHandle = text(64).min(1);
/** In base64: a data key, with what its wrapping adds. */
export const wrappedKey = text(1_024).min(1);

/** As text. */
export const target = text(longestTargetText).refine(
  (value) => parseTarget(value) !== undefined,
  'is no target',
);

/** A member that is undefined here and left out on the wire. */
export function absent<T>(shape: z.ZodType<T>) {
  return shape.optional().transform((value) => value);
}

/** In its parts, which say the same as its text. */
export const targetParts = z
  .strictObject({ kind: z.enum(targetKinds), owner: name, name: absent(text(longestTargetText)) })
  .refine((given) => {
    const read = parseTarget(targetText(given));
    return read !== undefined && sameTarget(read, given);
  }, 'is no target');
/** Where a label came from: as people know a target. */
export const labelSource = text(longestTargetText);

// Every label that there is: one that is missing here does not compile.
const knownLabels: { readonly [L in Exclude<Label, `${'region' | 'tenant'}:${string}`>]: L } = {
  'integrity:untrusted': 'integrity:untrusted',
  'confidentiality:secret': 'confidentiality:secret',
  'confidentiality:personal': 'confidentiality:personal',
  'confidentiality:sensitive': 'confidentiality:sensitive',
};
const label = z.union([z.enum(knownLabels), z.custom<Label>(isOfSomebody)]);
export const labels = z.array(label).max(64);

/** Of one call: as many as one document may name places, and each names at most so many. */
export const mostObjectPlaces = 48;
export const mostMarked = mostObjectPlaces * mostNamedObjects * mostReadings;
const objectName = text(longestObjectName);
export const namedObjects = z.strictObject({
  kind: name,
  names: z.union([z.literal('all'), z.array(objectName).max(mostNamedObjects * mostReadings)]),
});
export const markedObjects = z
  .array(z.strictObject({ kind: name, name: objectName, named: objectName, id: name }))
  .max(mostMarked);
export const seenObject = z.strictObject({ kind: name, name: objectName, version: time });
export const objectMark = z.strictObject({
  objects: markedObjects,
  labels,
  task: name,
  agent: name,
  source: labelSource,
  now: time,
  open: z.boolean(),
});

function isOfSomebody(given: unknown): boolean {
  return typeof given === 'string' && isBelonging(given);
}

export const binding = z.strictObject({
  tenant,
  agent: name,
  instance: name,
  user: absent(name),
  session: name,
  target,
  targetDigest: digest,
  argumentsDigest: digest,
  rules: z.array(name).max(10_000),
  approvalClass: name,
});

const doubt = z.strictObject({
  why: z.enum(flowWhys),
  argument: absent(text(8_192)),
  kind: absent(z.enum(sinkKinds)),
  origin: absent(
    z.strictObject({ target: text(longestTargetText), call: name, path: text(8_192) }),
  ),
  form: absent(z.enum(['verbatim', 'encoded', 'pieces'])),
  lookAlike: z.boolean(),
  beside: z.int().nonnegative(),
  value: absent(digest),
});

const proved = z.strictObject({
  argument: text(8_192),
  kind: z.enum(sinkKinds),
  value: absent(digest),
});

export const effectClass = z.enum(['read', 'write', 'delete']);

export const context = z.strictObject({
  policyDigest: digest,
  labels,
  effectClass,
  reversible: z.boolean(),
  // Inside JSON columns, where a NUL is escaped.
  explanation: z.string().max(65_536),
  argumentsText: z.string().max(limits.argumentBytes),
  callId: name,
  beforeText: absent(z.string().max(longestBeforeText)),
  person: name.optional(),
  task: name.optional(),
  seal: digest.optional(),
  doubts: absent(z.array(doubt).max(64)),
  yesRepeats: absent(z.literal(true)),
  proved: absent(z.array(proved).max(64)),
});

const lifeName = text(64).min(1);
export const life = z.strictObject({ writer: text(128).min(1), life: lifeName });

export const effect = z.strictObject({
  tenant,
  task: name,
  target,
  argumentsDigest: digest,
  effect: z.enum(['unknown', 'done']),
  ref: name,
  by: name,
  at: time,
});

export const hello = z.strictObject({
  method: z.literal('hello'),
  name: text(128).min(1),
  /** Of this process: whoever starts again under the name has another one. */
  life: lifeName,
  protocol: z.literal(protocolVersion),
});

export const ping = z.strictObject({
  method: z.literal('ping'),
  id: z.int(),
  /** The membership that this gateway acts on. */
  term: z.int().nonnegative(),
  /** Number of the overlay that it holds. */
  overlay: z.int(),
  health: json,
});

const lineOfText = z.string().max(serverLines.longest);
const count = z.int().nonnegative();
/** How tool servers do, as their gateway sees it: kept as long as its connection, shown to people. */
export const servers = z.strictObject({
  method: z.literal('servers'),
  id: z.int(),
  reports: z
    .array(
      z.strictObject({
        tenant,
        server: text(64),
        digest,
        state: z.enum(['starting', 'up', 'failed', 'waiting', 'off']),
        since: time,
        connections: count,
        pid: count.nullable(),
        era: text(64).nullable(),
        revision: text(64).nullable(),
        ended: z
          .strictObject({
            at: time,
            why: text(1_024),
            exitCode: z.int().nullable(),
            signal: text(64).nullable(),
          })
          .nullable(),
        fault: z
          .strictObject({ at: time, code: text(128), message: z.string().max(16_384) })
          .nullable(),
        tools: count.nullable(),
        lookedAt: time.nullable(),
        nextTryAt: time.nullable(),
        signed: z
          .strictObject({ at: time, by: z.string().max(longestSigner), wants: digest })
          .nullable(),
        printed: count,
        lines: z.array(lineOfText).max(serverLines.most),
        places: z.array(text(64)).max(serverLines.most),
      }),
    )
    .max(serversPerMessage),
});

export const question = z.strictObject({
  id: z.int(),
  method: z.string(),
  args: z.array(z.unknown()),
});

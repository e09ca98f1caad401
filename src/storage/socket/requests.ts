import { z } from 'zod';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import { protocolVersion } from './wire.ts';

// What a gateway may send, field by field. Unknown fields are refused: both ends are one release.

// PostgreSQL holds no NUL in a text, and no name of ours has one.
const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((value) => !value.includes('\u0000'), 'holds a NUL');
const name = text(512);
const time = z.int().nonnegative();
const amount = z.number();
const digest = text(128);
const json = z.custom<JsonObject>((value) => isJsonObject(value));
const tenant = text(64);

// Every label that there is: one that is missing here does not compile.
const knownLabels: { readonly [L in Label]: L } = {
  'integrity:untrusted': 'integrity:untrusted',
  'confidentiality:secret': 'confidentiality:secret',
  'confidentiality:personal': 'confidentiality:personal',
  'confidentiality:sensitive': 'confidentiality:sensitive',
};
const label = z.enum(knownLabels);
const labels = z.array(label).max(64);

const binding = z.strictObject({
  tenant,
  agent: name,
  instance: name,
  user: name.optional(),
  session: name,
  server: name,
  tool: name,
  toolDigest: digest,
  argumentsDigest: digest,
  rules: z.array(name).max(10_000),
  approvalClass: name,
});

const context = z.strictObject({
  policyDigest: digest,
  labels,
  effectClass: z.enum(['read', 'write', 'delete']),
  reversible: z.boolean(),
  // Inside JSON columns, where a NUL is escaped.
  explanation: z.string().max(65_536),
  argumentsText: z.string().max(limits.argumentBytes),
  callId: name,
});

export const approvalRequest = z.tuple([
  z.strictObject({
    binding,
    callDigest: digest,
    context,
    now: time,
    expiresAt: time,
    pendingLimit: z.int().nonnegative(),
  }),
]);

export const tenantAndName = z.tuple([tenant, name]);
export const tenantAndTwoNames = z.tuple([tenant, name, name]);
export const tenantOnly = z.tuple([tenant]);
export const nothing = z.tuple([]);

export const approvalFilter = z.tuple([
  z.strictObject({
    tenant,
    state: z
      .enum(['pending', 'approved', 'rejected', 'expired', 'withdrawn', 'void', 'spent'])
      .optional(),
    agent: name.optional(),
    limit: z.int().nonnegative(),
  }),
]);

export const spend = z.tuple([
  z.strictObject({ tenant, id: name, callDigest: digest, by: name, now: time }),
]);

export const use = z.tuple([
  z.strictObject({ tenant, id: name, outcome: z.enum(['used', 'unknown']) }),
]);

export const lease = z.tuple([
  z.strictObject({
    id: name,
    tenant,
    agent: name,
    instance: name,
    server: name,
    secret: name,
    bound: z.literal('process'),
    openedAt: time,
  }),
]);

export const leaseEnd = z.tuple([tenant, name, name, time]);

export const leaseFilter = z.tuple([
  z.strictObject({ tenant, agent: name.optional(), instance: name.optional() }),
]);

export const labelRaise = z.tuple([tenant, name, labels, name]);

export const reservation = z.tuple([
  z.strictObject({
    tenant,
    key: name,
    amount,
    period: name,
    limit: amount,
    now: time,
    expiresAt: time,
  }),
]);

/** Only this: a gateway quarantines a tool that it saw drift. Everything else is for people. */
export const quarantine = z.tuple([
  z.strictObject({
    id: name,
    target: z.strictObject({
      kind: z.literal('tool'),
      tenant,
      server: name,
      tool: name.optional(),
    }),
    why: z.literal('quarantine'),
    by: name,
    reason: text(limits.reasonBytes),
    at: time,
    digest: digest.optional(),
  }),
]);

export const catalogueReport = z.tuple([
  z.strictObject({
    tenant,
    server: name,
    tools: z
      .array(
        z.strictObject({
          tenant,
          server: name,
          tool: name,
          digest,
          definition: json,
          observedAt: time,
        }),
      )
      .max(limits.toolsPerServer),
  }),
]);

export const catalogueFilter = z.tuple([tenant, name.nullable()]);

export const hello = z.strictObject({
  method: z.literal('hello'),
  name: text(128).min(1),
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

export const question = z.strictObject({
  id: z.int(),
  method: z.string(),
  args: z.array(z.unknown()),
});

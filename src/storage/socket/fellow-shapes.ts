import { z } from 'zod';
import type { FellowMethods } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import * as field from './shapes.ts';

// What one gateway may ask another of the same listener. Both are one release.

const fellow = z.int().min(0).max(limits.gateways);
const places = z.number().min(0).max(1e9);
const place = {
  kind: z.enum(['agent', 'lane', 'rate']),
  key: field.text(4_096),
  places,
};
const loan = z.strictObject({ of: fellow, ...place });
const openCall = z.strictObject({
  tenant: field.tenant,
  instance: field.name,
  session: field.text(64).optional(),
  id: z.union([field.text(256), z.number()]),
});

/** INVARIANT: what is not listed does not exist; a method of the contract that is not listed does not compile. */
export const fellowShapes: {
  readonly [Name in keyof FellowMethods]: z.ZodType<Parameters<FellowMethods[Name]>[0]>;
} = {
  useProof: z.strictObject({
    thumbprint: field.digest,
    jti: field.digest,
    issuedAt: z.number(),
    generation: z.number(),
  }),
  lend: loan,
  giveBack: loan,
  countOpen: openCall,
  cancelOpen: openCall,
  replyAsk: z.strictObject({
    tenant: field.tenant,
    instance: field.name,
    id: field.text(64),
    reply: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('result'), result: field.json }),
      z.strictObject({ kind: z.literal('error'), code: z.int(), message: field.text(1_024) }),
    ]),
  }),
  takeQuestion: z.strictObject({
    tenant: field.tenant,
    instance: field.name,
    task: field.text(256),
    target: field.text(4_096),
    argumentsDigest: field.digest,
    handle: field.text(64),
  }),
  findPage: z.strictObject({
    tenant: field.tenant,
    instance: field.name,
    task: field.text(256),
    cursor: field.text(64),
  }),
  nextOfAnswer: z.strictObject({
    token: field.text(32),
    session: field.text(32),
    reader: field.text(16),
    told: z.int().min(0),
    isFirst: z.boolean(),
    isLast: z.boolean(),
  }),
  noteSession: z.strictObject({
    session: field.text(32),
    level: field.text(16).optional(),
    ended: z.boolean(),
  }),
  noteSubscription: z.strictObject({
    tenant: field.tenant,
    holder: field.text(32),
    session: field.text(32),
    uri: field.text(8_192),
    server: field.name.optional(),
    rights: field.text(64),
    isOver: z.boolean(),
  }),
  offersChanged: z.strictObject({
    tenant: field.tenant,
    server: field.name,
    kind: z.enum(['resource', 'prompt']),
    uri: field.text(8_192).optional(),
  }),
  lastTold: z.strictObject({ tenant: field.tenant, task: field.name }),
  listChanged: z.strictObject({ tenant: field.tenant, server: field.name }),
};

export const fellowHello = z.strictObject({
  method: z.literal('fellow'),
  of: fellow,
  /** Of all that share the listener; whoever has another one is of another start of it. */
  circle: field.text(64).min(16),
  generation: z.number(),
  holds: z.array(z.strictObject(place)),
});

export const fellowQuestion = z.tuple([z.int(), z.string(), z.unknown()]);

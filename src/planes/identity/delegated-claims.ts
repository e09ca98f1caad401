import { z } from 'zod';
import type { MintAsk } from '#contracts/token-mint.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Hop, UserLeg } from '#kernel/principal.ts';
import { effectClasses } from '#kernel/tool.ts';
import { traceClaim } from '#kernel/trace.ts';

/** What a token says beside which instance it is of: for whom, through whom, in which task. */
export type DelegatedClaims = Omit<MintAsk, 'actor' | 'thumbprint' | 'expiresAt'>;

const name = z.string().min(1).max(256);
/** Which trace, and whether it is sampled; the span is the token itself. */
const claimedTrace = /^(?!0{32})[0-9a-f]{32}-0[01]$/;

const shape = z.object({
  sub: name,
  client_id: name,
  task: name,
  root: name.optional(),
  sid: name,
  dlg: z.strictObject({
    id: name,
    at: z.int(),
    scoped: z.literal(true).optional(),
    eff: z.array(z.enum(effectClasses)).optional(),
  }),
  carried: z
    .string()
    .max(2 * limits.carriedTokenBytes)
    .optional(),
  trace: z.string().regex(claimedTrace).optional(),
  user: z
    .strictObject({
      iss: name,
      name: name.optional(),
      groups: z.array(name).max(limits.userGroups),
      acr: name.optional(),
      amr: z.array(name).max(32).optional(),
      at: z.int().optional(),
      claims: z.array(z.string().max(512)).max(32).optional(),
    })
    .optional(),
});

/** Undefined: it is of an instance alone. INVARIANT: what says half of it is no token. */
export function readDelegated(
  claims: JsonObject,
  actor: string,
): DelegatedClaims | undefined | 'malformed' {
  const says = ['dlg', 'act', 'user', 'sid', 'carried'].some(
    (claim) => claims[claim] !== undefined,
  );
  if (!says) return undefined;
  const read = shape.safeParse(claims);
  const chain = read.success ? readChain(claims['act']) : undefined;
  if (!read.success || chain === undefined) return 'malformed';
  const { sub, client_id: client, task, root, sid, dlg, user, carried, trace } = read.data;
  const [current, ...before] = chain;
  if (current === undefined || current.text !== actor) return 'malformed';
  if (user === undefined && (sub !== actor || carried !== undefined)) return 'malformed';
  return {
    id: dlg.id,
    client: client === actor ? undefined : client,
    issuedAt: dlg.at,
    user: user === undefined ? undefined : userOf(sub, user),
    hops: before.map(({ hop }) => hop).toReversed(),
    task,
    ...(root === undefined ? {} : { root }),
    session: sid,
    effects: dlg.eff,
    isScoped: dlg.scoped === true,
    ...(carried === undefined ? {} : { carried }),
    ...(trace === undefined ? {} : { trace }),
  };
}

function userOf(
  subject: string,
  { iss, name: named, groups, acr, amr, at, claims }: NonNullable<z.infer<typeof shape>['user']>,
): UserLeg {
  return Object.freeze({
    subject,
    issuer: iss,
    groups,
    ...(named === undefined ? {} : { name: named }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(at === undefined ? {} : { signedInAt: at }),
    ...(claims === undefined ? {} : { claims }),
  });
}

interface Link {
  readonly text: string;
  readonly hop: Hop;
}

const agentSubject = /^agent:[^/]+\/([^/]+)\/(.+)$/;

/** The outermost one acts now (RFC 8693 §4.1); inside it stands who handed over to it. */
function readChain(act: unknown): readonly Link[] | undefined {
  const links: Link[] = [];
  for (let at: unknown = act; at !== undefined; ) {
    if (!isActor(at) || links.length > limits.handOffs) return undefined;
    const [, agent, instance] = agentSubject.exec(at.sub) ?? [];
    if (agent === undefined || instance === undefined) return undefined;
    links.push({ text: at.sub, hop: { agent, instance } });
    at = at['act'];
  }
  return links;
}

function isActor(value: unknown): value is JsonObject & { readonly sub: string } {
  return isJsonObject(value) && typeof value['sub'] === 'string';
}

/** The same, to be signed: what `readDelegated` reads back. */
export function delegatedClaims(of: MintAsk): JsonObject {
  const { actor, user, hops, effects } = of;
  const text = ({ agent, instance }: Hop) => `agent:${actor.tenant}/${agent}/${instance}`;
  const chain = [...hops, actor];
  const act = chain.reduce<JsonObject | undefined>(
    (inner, hop) => (inner === undefined ? { sub: text(hop) } : { sub: text(hop), act: inner }),
    undefined,
  );
  return {
    sub: user === undefined ? text(actor) : user.subject,
    client_id: of.client ?? text(actor),
    act: act ?? { sub: text(actor) },
    task: of.task,
    ...(of.root === undefined ? {} : { root: of.root }),
    sid: of.session,
    dlg: {
      id: of.id,
      at: of.issuedAt,
      ...(of.isScoped ? { scoped: true } : {}),
      ...(effects === undefined ? {} : { eff: [...effects] }),
    },
    ...(user === undefined ? {} : { user: userClaims(user) }),
    ...(user === undefined || of.carried === undefined ? {} : { carried: of.carried }),
    ...(of.trace === undefined ? {} : { trace: traceClaim(of.trace) }),
  };
}

function userClaims({ issuer, name: named, groups, acr, amr, signedInAt, claims }: UserLeg) {
  return {
    iss: issuer,
    groups: [...groups],
    ...(named === undefined ? {} : { name: named }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr: [...amr] }),
    ...(signedInAt === undefined ? {} : { at: signedInAt }),
    ...(claims === undefined ? {} : { claims: [...claims] }),
  };
}

import { z } from 'zod';
import type { Configuration, PartProblem } from '#contracts/plane-part.ts';
import {
  type Nearest,
  nearestTried,
  type TriedAnswer,
  type TriedCall,
  Turns,
  tryCall,
  verdictText,
  wayOf,
} from '#dry-run/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { longestTargetText, targetText } from '#kernel/target.ts';
import { readTarget, softPhases } from '#kernel/tool.ts';
import type { ControlParts } from './parts.ts';
import { problem, toProblem } from './policy-shapes.ts';
import { proposedDocuments } from './proposed.ts';
import { jsonObject, moment, name } from './shapes.ts';
import { overrideOf, standingOverride } from './standing-override.ts';

const mostCases = 1_000;

export const labels = z.array(
  z.enum([
    'integrity:untrusted',
    'confidentiality:secret',
    'confidentiality:personal',
    'confidentiality:sensitive',
  ]),
);

/** As everywhere: a tool needs no kind before it, and is known by each of its spellings. */
export const targetShape = z
  .string()
  .max(longestTargetText)
  .transform(readTarget)
  .refine((target) => target !== undefined, 'KIND:OWNER/NAME, or SERVER/TOOL');

const expected = z.enum(['allowed', 'held', 'refused']);

const triedCase = z.strictObject({
  name: z.string().min(1).max(128).optional(),
  agent: name,
  target: targetShape,
  arguments: jsonObject.optional(),
  labels: labels.default([]),
  user: z
    .strictObject({
      subject: z.string().min(1).max(256),
      issuer: z.string().max(1_024).default(''),
      groups: z.array(z.string().min(1).max(256)).max(100).default([]),
    })
    .optional(),
  via: z.array(name).max(8).default([]),
  binding: z.enum(['dpop', 'mtls', 'none']).default('dpop'),
  time: moment.optional(),
  expect: expected.optional(),
});

export const tryAsked = proposedDocuments
  .extend({
    cases: z.array(triedCase).min(1).max(mostCases),
    /** Also what would let the call through, as proposed: it is decided hundreds of times for that. */
    nearest: z.boolean().default(false),
  })
  .refine(
    ({ cases, nearest }) => !nearest || cases.length === 1,
    'what would let a call through is asked of one call: leave one case, or `nearest` out',
  );

const nearestChange = z.strictObject({
  /** Each is enough by itself, as proposed; the smallest first. */
  sets: z.array(z.array(z.string()).readonly()).readonly(),
  arguments: z.enum(['given', 'least']),
  isWhole: z.boolean(),
});

const answer = z.strictObject({
  verdict: expected,
  /** As people read it: `held (write)`, `refused (policy/denied)`. */
  said: z.string(),
  code: z.string().nullable(),
  class: z.string().nullable(),
  rules: z.array(z.string()).readonly(),
  errors: z.array(z.string()).readonly(),
  why: z.string(),
  policyDigest: z.string(),
  phase: z.enum([...softPhases, 'enforce']),
});

export const tried = z.strictObject({
  /** Where what is proposed cannot be in force, nothing was tried. */
  problems: z.array(problem),
  /** Of the configuration that was tried, and of the one in force. */
  configuration: z.string().nullable(),
  inForce: z.string(),
  cases: z.array(
    z.strictObject({
      name: z.string().nullable(),
      agent: z.string(),
      target: z.string(),
      now: answer,
      would: answer,
      way: z.enum(['same', 'more', 'less', 'other']),
      /** Null where nothing was expected. */
      asExpected: z.boolean().nullable(),
      /** The one that is open for it at that time, and what it makes of what would be said. */
      override: standingOverride,
      /** Entitlements with a decision point outside, which a try never asks. */
      unasked: z.array(z.string()).readonly(),
      /** Null where it was not asked for, or the call goes through. */
      nearest: nearestChange.nullable(),
    }),
  ),
});

type Asked = z.output<typeof tryAsked>;
type Told = z.input<typeof tried>;

/**
 * What would be said to calls that nobody makes, by what is in force and by what is proposed. Nothing is kept but that it
 * was asked: a try leaves no record of a decision, since no decision was made of anything that happened.
 */
export async function tryCalls(parts: ControlParts, tenant: string, asked: Asked): Promise<Told> {
  const current = parts.configuration();
  if (current === undefined) {
    throw new BailiwickError('api/not-found', { message: 'there is no configuration yet' });
  }
  const { cases, documents, remove, nearest } = asked;
  const isProposed = documents.length > 0 || remove.length > 0;
  const compiled = isProposed
    ? await parts.proposals.propose(tenant, { documents, remove })
    : ({ kind: 'compiled', configuration: current } as const);
  if (compiled.kind === 'refused') return refusedOf(current, compiled.problems);
  const told: Told['cases'] = [];
  const turns = new Turns();
  for (const one of cases) {
    const by = { current, proposed: compiled.configuration, nearest };
    told.push(await tryOne(parts, by, tenant, one));
    await turns.next();
  }
  const configuration = isProposed ? compiled.configuration.digest : current.digest;
  return { problems: [], configuration, inForce: current.digest, cases: told };
}

function refusedOf({ digest }: Configuration, problems: readonly PartProblem[]): Told {
  return { problems: problems.map(toProblem), configuration: null, inForce: digest, cases: [] };
}

interface By {
  readonly current: Configuration;
  readonly proposed: Configuration;
  readonly nearest: boolean;
}

async function tryOne(
  parts: ControlParts,
  by: By,
  tenant: string,
  one: Asked['cases'][number],
): Promise<Told['cases'][number]> {
  const { planes, markClaims, proposals } = parts;
  const { name: called, expect, target, time = parts.clock.now(), user, ...rest } = one;
  const leg = user && { ...user, groups: user.groups.toSorted() };
  const call: TriedCall = { ...rest, tenant, target, time, user: leg, arguments: one.arguments };
  // An agent that is only proposed is tried under what is proposed alone.
  const would = await tryCall(planes, by.proposed, call);
  const isNew = !knows(by.current, tenant, call.agent);
  const now = isNew || by.proposed === by.current ? would : await tryCall(planes, by.current, call);
  const given = one.arguments === undefined ? 'least' : 'given';
  const nearest = by.nearest
    ? await nearestTried({ ...planes, alter: proposals.alter, markClaims }, would, given)
    : undefined;
  const isSame = verdictText(now.verdict) === verdictText(would.verdict);
  return {
    name: called ?? null,
    agent: call.agent,
    target: targetText(target),
    now: told(now),
    would: told(would),
    way: isSame ? 'same' : wayOf(now.verdict, would.verdict),
    asExpected: expect === undefined ? null : would.verdict.kind === expect,
    override: overrideOf(
      parts,
      { tenant, agent: call.agent, time, configuration: by.proposed },
      would.answer,
    ),
    unasked: would.unasked,
    nearest: nearest === undefined ? null : nearestView(nearest),
  };
}

function nearestView({ sets, arguments: given, isWhole }: Nearest): z.input<typeof nearestChange> {
  return {
    sets: sets.map((set) => set.map(({ sentence }) => sentence)),
    arguments: given,
    isWhole,
  };
}

function knows({ snapshot }: Configuration, tenant: string, agent: string): boolean {
  return Object.hasOwn(snapshot.tenants[tenant]?.agents ?? {}, agent);
}

function told({ verdict, answer: found }: TriedAnswer): z.input<typeof answer> {
  const { decision, refusal, phase } = found;
  return {
    verdict: verdict.kind,
    said: verdictText(verdict),
    code: verdict.kind === 'refused' ? verdict.code : null,
    class: verdict.kind === 'held' ? verdict.class : null,
    rules: decision.rules,
    errors: decision.errors,
    why: refusal?.message ?? decision.explanation,
    policyDigest: decision.policyDigest,
    phase: phase ?? 'enforce',
  };
}

import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { durationMs } from '#contracts/directory-rules.ts';
import { section } from '#contracts/section.ts';
import { confidentialLabels, confidentialSpec } from '#contracts/target-spec.ts';
import { limits } from '#kernel/limits.ts';
import { type AgentEntry, autonomies } from '#kernel/snapshot.ts';
import { reviewDue } from './review-dates.ts';
import { agentRisk } from './agent-risk.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');

const period = z
  .string()
  .transform((text) => durationMs(text) ?? 0)
  .refine((ms) => ms > 0 && ms <= limits.reviewMs, 'write 30d or 90d; at most 366d');

const agentSpec = z
  .strictObject({
    owner: z.string().trim().min(1).max(200),
    purpose: z.string().trim().min(1).max(2_000),
    manifest: name,
    environment: name.default('production'),
    environments: z.array(name).min(1).max(32).optional(),
    rate: z
      .strictObject({
        perMinute: z.number().int().min(1).max(10_000_000),
        burst: z.number().int().min(1).max(1_000_000).optional(),
      })
      .default({ perMinute: 600 }),
    callsPerDay: z.number().int().min(1).optional(),
    unbound: z
      .strictObject({ effects: z.array(z.enum(['read', 'write', 'delete'])) })
      .default({ effects: ['read'] }),
    toolLimit: z.number().int().min(1).max(10_000).default(128),
    suspended: z.boolean().default(false),
    clearance: confidentialSpec.optional(),
    groups: z.array(name).max(100).optional(),
    autonomy: z.enum(autonomies).optional(),
    template: name.optional(),
    tasks: z.enum(['perInstance']).optional(),
    standing: z.enum(['none']).optional(),
    review: z.strictObject({ every: period }).optional(),
    nextReview: z.iso.date().optional(),
  })
  .refine(({ review, nextReview }) => review === undefined || nextReview === undefined, {
    message: 'give `review` or `nextReview`, not both',
    path: ['nextReview'],
  });

/** An agent: who answers for it, what it is for, what it may use and how fast. */
export const agentKind: DocumentKind<AgentEntry> = {
  kind: 'Agent',
  section: section<AgentEntry>('agents'),
  schema: agentSpec,
  risk: agentRisk,
  environments: (entry) => entry.environments ?? [],
  compile(entry, { suspended, reviewed, now, environment }) {
    const due = reviewDue(entry, reviewed.get(entry.name), now);
    return {
      ...entry,
      ...placeOf(entry, environment),
      ...(suspended.has(entry.name) ? { suspended: true } : {}),
      ...(due === undefined ? {} : { reviewDue: due }),
    };
  },
  parse(agentName, given) {
    const parsed = agentSpec.safeParse(given);
    if (!parsed.success) {
      return {
        kind: 'problems',
        problems: documentProblems('Agent', given, parsed.error.issues, agentSpec),
      };
    }
    const { rate, unbound, ...spec } = parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name: agentName,
        owner: spec.owner,
        purpose: spec.purpose,
        manifest: spec.manifest,
        environment: spec.environment,
        ratePerMinute: rate.perMinute,
        // Ten seconds' worth at once, unless the document says otherwise.
        burst: rate.burst ?? Math.max(1, Math.ceil(rate.perMinute / 6)),
        callsPerDay: spec.callsPerDay,
        unboundEffects: unbound.effects,
        suspended: spec.suspended,
        toolLimit: spec.toolLimit,
        ...(spec.environments === undefined
          ? {}
          : { environments: [...new Set(spec.environments)].sort() }),
        ...(spec.clearance === undefined ? {} : { clearance: confidentialLabels(spec.clearance) }),
        ...(spec.groups === undefined ? {} : { groups: [...new Set(spec.groups)].sort() }),
        ...(spec.template === undefined ? {} : { template: spec.template }),
        ...(spec.autonomy === undefined ? {} : { autonomy: spec.autonomy }),
        ...(spec.tasks === undefined ? {} : { tasks: spec.tasks }),
        ...(spec.standing === undefined ? {} : { standing: spec.standing }),
        ...(spec.review === undefined ? {} : { reviewEveryMs: spec.review.every }),
        ...(spec.nextReview === undefined ? {} : { nextReview: Date.parse(spec.nextReview) }),
      },
      references: [
        { kind: 'Manifest', name: spec.manifest, path: ['spec', 'manifest'] },
        ...(spec.template === undefined
          ? []
          : [{ kind: 'AgentTemplate', name: spec.template, path: ['spec', 'template'] }]),
        ...(spec.environments ?? []).map((one, at) => ({
          kind: 'Environment',
          name: one,
          path: ['spec', 'environments', at],
        })),
      ],
    };
  },
};

/** INVARIANT: where whoever started it says which environment this is, no document says another. */
function placeOf(
  { environments }: AgentEntry,
  environment: string | undefined,
): Pick<AgentEntry, 'elsewhere'> & Partial<Pick<AgentEntry, 'environment'>> {
  const isHere = environments === undefined || environments.some((one) => one === environment);
  return {
    ...(environment === undefined ? {} : { environment }),
    ...(isHere ? {} : { elsewhere: true }),
  };
}

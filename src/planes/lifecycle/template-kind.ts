import { z } from 'zod';
import { durationMs } from '#contracts/directory-rules.ts';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import { limits } from '#kernel/limits.ts';
import { autonomies, type Autonomy } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const names = z.array(name).max(100);

const period = z
  .string()
  .transform((text) => durationMs(text) ?? 0)
  .refine((ms) => ms > 0 && ms <= limits.reviewMs, 'write 30d or 90d; at most 366d');

const templateSpec = z.strictObject({
  purpose: z.string().trim().min(1).max(2_000),
  manifests: names.min(1),
  groups: names.default([]),
  environments: names.min(1).optional(),
  autonomy: z.enum(autonomies).optional(),
  rate: z
    .strictObject({
      perMinute: z.number().int().min(1).max(10_000_000),
      burst: z.number().int().min(1).max(1_000_000).optional(),
    })
    .optional(),
  callsPerDay: z.number().int().min(1).optional(),
  unbound: z
    .strictObject({ effects: z.array(z.enum(['read', 'write', 'delete'])) })
    .default({ effects: ['read'] }),
  toolLimit: z.number().int().min(1).max(10_000).optional(),
  standing: z.enum(['none']).optional(),
  review: z.strictObject({ every: period }).optional(),
});

/** The most that an agent of this template may be given; what is undefined is not bounded by it. */
export interface TemplateEntry {
  readonly name: string;
  readonly purpose: string;
  readonly manifests: readonly string[];
  readonly groups: readonly string[];
  readonly environments: readonly string[] | undefined;
  readonly autonomy: Autonomy | undefined;
  readonly ratePerMinute: number | undefined;
  /** So many at once; undefined: a minute's worth. */
  readonly burst: number | undefined;
  readonly callsPerDay: number | undefined;
  readonly unboundEffects: readonly EffectClass[];
  readonly toolLimit: number | undefined;
  readonly standing: 'none' | undefined;
  readonly reviewEveryMs: number | undefined;
}

export const templates = section<TemplateEntry>('templates');

/**
 * `kind: AgentTemplate`: what agents of a sort may be given at the most, written and reviewed once. INVARIANT: an
 * admin's, so that whoever writes agents does not write what bounds them.
 */
export const templateKind: DocumentKind<TemplateEntry> = {
  kind: 'AgentTemplate',
  section: templates,
  schema: templateSpec,
  writtenBy: 'admin',
  parse(template, given) {
    const parsed = templateSpec.safeParse(given);
    if (!parsed.success) {
      const { issues } = parsed.error;
      const problems = documentProblems('AgentTemplate', given, issues, templateSpec);
      return { kind: 'problems', problems };
    }
    const { rate, unbound, review, ...spec } = parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name: template,
        purpose: spec.purpose,
        manifests: spec.manifests,
        groups: spec.groups,
        environments: spec.environments,
        autonomy: spec.autonomy,
        ratePerMinute: rate?.perMinute,
        burst: rate?.burst,
        callsPerDay: spec.callsPerDay,
        unboundEffects: unbound.effects,
        toolLimit: spec.toolLimit,
        standing: spec.standing,
        reviewEveryMs: review?.every,
      },
      references: spec.manifests.map((one, at) => ({
        kind: 'Manifest',
        name: one,
        path: ['spec', 'manifests', at],
      })),
    };
  },
};

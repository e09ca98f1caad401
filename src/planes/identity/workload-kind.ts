import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { addressProblem, networkOf, networkShape } from '#contracts/network-spec.ts';
import {
  type WorkloadIssuerEntry,
  workloadIssuers,
  workloadUses,
} from '#contracts/workload-issuer.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const text = z.string().trim().min(1).max(512);
const address = z
  .url({ protocol: /^https?$/ })
  .max(512)
  .refine((url) => !/[#@]/.test(url), 'an address has no fragment and no user');

/** INVARIANT: a subject names something: what only says `*` would be whoever the platform vouches for. */
const subject = text
  .max(255)
  .refine((sub) => /[^*:/]/.test(sub), 'name the workload: `*` alone is all of them')
  .refine((sub) => !/\*[^:/]*\*/.test(sub), 'one `*` between two `/` or `:`');

const rule = z.strictObject({
  agent: name,
  subject,
  claims: z.record(text, z.union([text, z.array(text).min(1).max(32)])).default({}),
});

const workloadSpec = z
  .strictObject({
    issuer: address.refine((url) => !url.includes('?'), 'an issuer has no query'),
    audience: text,
    jwksUri: address.optional(),
    ...networkShape,
    uses: z.array(z.enum(workloadUses)).min(1).default(['enrol']),
    agents: z.array(rule).min(1).max(256),
  })
  .superRefine(({ issuer, jwksUri = issuer, loopback }, context) => {
    const message = URL.canParse(jwksUri) ? addressProblem(jwksUri, loopback) : undefined;
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['issuer'], message });
  });

/** Platforms that vouch for their own workloads. Whoever they vouch for, and a rule lists, enrols as that agent. */
export const workloadIssuerKind: DocumentKind<WorkloadIssuerEntry> = {
  kind: 'WorkloadIssuer',
  section: workloadIssuers,
  schema: workloadSpec,
  risk: {
    lists: { uses: 'set' },
    tightenings: [{ at: 'uses.*', is: 'removed' }],
    gone: 'tightening',
  },
  // Who may say who an agent is, may be every agent.
  writtenBy: 'admin',
  parse(of, given) {
    const parsed = workloadSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('WorkloadIssuer', given, parsed.error.issues, workloadSpec);
      return { kind: 'problems', problems };
    }
    const { issuer, audience, jwksUri, uses, agents } = parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name: of,
        issuer,
        audience,
        ...(jwksUri === undefined ? {} : { jwksUri: new URL(jwksUri).href }),
        network: networkOf(parsed.data),
        uses: workloadUses.filter((use) => uses.includes(use)),
        rules: agents.map(({ claims, ...rest }) => ({ ...rest, claims: listed(claims) })),
      },
      references: agents.map(({ agent }, at) => ({
        kind: 'Agent',
        name: agent,
        path: ['spec', 'agents', at, 'agent'],
      })),
    };
  },
};

function listed(
  claims: Readonly<Record<string, string | readonly string[]>>,
): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(claims).map(([key, value]) => [key, [value].flat()]));
}

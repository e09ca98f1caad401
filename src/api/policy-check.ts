import { z } from 'zod';
import { parseBody } from './input.ts';
import type { Route } from './route.ts';

const check = z.strictObject({
  policies: z
    .array(z.strictObject({ name: z.string().min(1).max(64), cedar: z.string().max(262_144) }))
    .max(500),
});

/** Judges text against the tools that are pinned now. Nothing is kept. */
export const policyCheckRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/policies/check',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, body }) {
      const { policies } = parseBody(check, body);
      const problems = parts.checkPolicies(policies);
      return {
        problems: problems.map(({ policy, message, line, column }) => ({
          policy,
          message,
          line: line ?? null,
          column: column ?? null,
        })),
      };
    },
  },
];

import { z } from 'zod';
import type { Welcomed } from '#planes/identity/index.ts';
import { isoTime } from '#kernel/time.ts';
import { openRoute, personRoute, type Route } from './route.ts';
import { reason, time } from './shapes.ts';

const role = z.enum(['admin', 'approver', 'auditor']);
const personName = z.string().trim().min(1).max(64);
const welcome = z.strictObject({
  name: z.string(),
  role,
  tenant: z.string(),
  credential: z.string(),
});

/** Approvals and releases need a name. The first one holds the one-time link; an admin adds others. */
export const peopleRoutes: readonly Route[] = [
  openRoute({
    method: 'POST',
    path: '/v1/setup',
    action: 'identity.person-added',
    recordedBy: 'plane',
    body: z.strictObject({
      link: z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'the part after `#setup=`'),
      name: personName,
    }),
    answer: welcome,
    handle: async ({ parts, body }) => view(await parts.desks.people.redeemSetupLink(body)),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/people',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: z.strictObject({
      people: z.array(z.strictObject({ name: z.string(), role, addedAt: time })),
    }),
    async handle({ parts, tenant }) {
      const people = await parts.desks.people.list(tenant);
      return {
        people: people.map((one) => ({
          name: one.name,
          role: one.role,
          addedAt: isoTime(one.createdAt),
        })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/people',
    action: 'identity.person-added',
    recordedBy: 'plane',
    role: 'admin',
    body: z.strictObject({ name: personName, role, reason }),
    answer: welcome,
    handle: async ({ parts, body, person: by }) =>
      view(await parts.desks.people.add({ by, ...body })),
  }),
];

function view({ person, credential }: Welcomed): z.input<typeof welcome> {
  return { name: person.name, role: person.role, tenant: person.tenant, credential };
}

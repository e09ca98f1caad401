import { z } from 'zod';
import type { StoredPerson } from '#contracts/people-book.ts';
import { differingKinds, type RightsDifference } from '#contracts/kept-rights.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { holdsRole, type Role, roles as allRoles } from '#kernel/principal.ts';
import { gainsNothing, type Welcomed } from '#planes/identity/index.ts';
import { isoTime } from '#kernel/time.ts';
import type { ControlParts } from './parts.ts';
import { next, pageBySort, sortedPage } from './lists.ts';
import { openRoute, personRoute, type Route } from './route.ts';
import { reason, time, withReason } from './shapes.ts';

const role = z.enum(allRoles);
const roles = z.array(role).min(1).max(allRoles.length).readonly();
const personName = z.string().trim().min(1).max(64);
const eligible = z.array(role).max(allRoles.length).readonly();
const rolesHeld = z.strictObject({ name: z.string(), role, roles, eligible: eligible.optional() });
/** For a time, beside what they hold. */
const taken = z.array(z.strictObject({ role, until: time }));
const welcome = rolesHeld.extend({ tenant: z.string(), credential: z.string() });
const named = z.strictObject({ name: personName });
/** What the store says and nobody decided. */
const difference = z.strictObject({
  what: z.enum(differingKinds),
  person: z.string(),
  id: z.string(),
  why: z.enum(['gone', 'changed', 'unknown']),
});

/** Approvals and releases need a name. The first one holds the one-time link; an admin adds others. */
export const peopleRoutes: readonly Route[] = [
  openRoute({
    method: 'POST',
    path: '/v1/setup',
    summary: 'Become the first admin by the link of the first start',
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
    path: '/v1/me',
    summary: 'Who you are here, and which roles that opens',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    answer: z.strictObject({
      name: z.string(),
      tenant: z.string(),
      roles: z.array(role).readonly(),
      /** Those, and all that come with them. */
      opens: z.array(role),
    }),
    handle: async ({ person }) => ({
      name: person.name,
      tenant: person.tenant,
      roles: person.roles,
      opens: allRoles.filter((one) => holdsRole(person, one)),
    }),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/people',
    summary: 'Who may do what here',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({ ...sortedPage('people', ['name', 'added']), role: role.optional() }),
    answer: z.strictObject({
      people: z.array(rolesHeld.extend({ taken, addedAt: time })),
      differ: z.array(difference),
      next,
    }),
    async handle({ parts, tenant, query }) {
      const all = await parts.desks.people.list(tenant);
      const wanted = all.filter(
        ({ roles: of }) => query.role === undefined || of.includes(query.role),
      );
      const { rows, more } = pageBySort(wanted, query, {
        list: 'people',
        nameOf: (one) => one.name,
        by: { name: (one) => one.name, added: (one) => one.createdAt },
      });
      const differ = parts.desks.people.differing(tenant).map(differenceView);
      return { people: await Promise.all(rows.map((one) => listed(parts, one))), differ, ...more };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/people',
    showsOnce: true,
    summary: 'Add a person with roles',
    action: 'identity.person-added',
    recordedBy: 'plane',
    act: 'people',
    role: 'admin',
    // `role` is how it was written while there was one.
    body: z.strictObject({
      name: personName,
      roles: roles.optional(),
      role: role.optional(),
      eligible: eligible.optional(),
      reason,
    }),
    answer: welcome,
    async handle({ parts, body, person: by }) {
      const { roles: _, role: __, ...asked } = body;
      return view(await parts.desks.people.add({ by, ...asked, roles: rolesAsked(body) }));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/people/mend',
    summary: 'Have the store say again what was decided of people, passkeys and tokens',
    action: 'identity.rights-mended',
    recordedBy: 'plane',
    act: 'people',
    role: 'admin',
    body: withReason,
    answer: z.strictObject({ differed: z.array(difference) }),
    async handle({ parts, body, person: by }) {
      const differed = await parts.desks.people.mend({ by, ...body });
      return { differed: differed.map(differenceView) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/people/:name/roles',
    summary: 'Give a person other roles',
    action: 'identity.person-changed',
    recordedBy: 'plane',
    act: async ({ parts, tenant, params, body }) => {
      const before = await parts.store.people.byName(tenant, params.name);
      return before !== undefined && gainsNothing(before, body) ? 'revoke' : 'people';
    },
    role: 'admin',
    params: named,
    body: z.strictObject({ roles, eligible: eligible.optional(), reason }),
    answer: rolesHeld,
    handle: async ({ parts, params, body, person: by }) =>
      held(await parts.desks.people.setRoles({ by, ...params, ...body })),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/people/:name/remove',
    summary: 'Remove a person',
    action: 'identity.person-removed',
    recordedBy: 'plane',
    act: 'revoke',
    role: 'admin',
    params: named,
    body: withReason,
    answer: rolesHeld.extend({
      agents: z.array(z.string()).readonly(),
      tasks: z.array(z.string()).readonly(),
    }),
    async handle({ parts, params, body, person: by }) {
      const removed = await parts.desks.people.remove({ by, ...params, ...body });
      return { ...held(removed.person), agents: removed.agents, tasks: removed.tasks };
    },
  }),
];

function rolesAsked(body: {
  readonly roles?: readonly Role[] | undefined;
  readonly role?: Role | undefined;
}): readonly Role[] {
  const asked = body.roles ?? (body.role === undefined ? [] : [body.role]);
  if (asked.length > 0 && (body.roles === undefined || body.role === undefined)) return asked;
  throw new BailiwickError('api/invalid', { details: { problems: ['name `roles`'] } });
}

/** The role that opens most stands alone as well, for whoever knows one only. */
function held({ name, roles: of, eligible: may = [] }: Omit<StoredPerson, 'createdAt' | 'tenant'>) {
  const taken = may.length === 0 ? {} : { eligible: may };
  return { name, role: of.at(-1) ?? ('owner' as const), roles: of, ...taken };
}

async function listed({ desks }: Pick<ControlParts, 'desks'>, one: StoredPerson) {
  const took = await desks.elevation.takenBy(one);
  return {
    ...held(one),
    taken: took.map(({ role: of, until }) => ({ role: of, until: isoTime(until) })),
    addedAt: isoTime(one.createdAt),
  };
}

function differenceView({ what, person, id, why }: RightsDifference): z.input<typeof difference> {
  return { what, person, id, why };
}

function view({ person, credential }: Welcomed): z.input<typeof welcome> {
  return { ...held(person), tenant: person.tenant, credential };
}

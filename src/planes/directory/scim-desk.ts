import { recordOrOwe } from '#contracts/desk.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { createTurns } from '#kernel/turns.ts';
import { type ScimAnswer, scimError } from './answers.ts';
import { draft } from './changes.ts';
import { discovered } from './discovery.ts';
import type { ScimAsked, ScimDesk } from './door.ts';
import { createGroups } from './groups.ts';
import { notFound, type ResourceDesk, type ResourceParts } from './resource-desk.ts';
import { bearerPrefix } from './token-desk.ts';
import { createUsers } from './users.ts';

export type ScimDeskParts = Omit<ResourceParts, 'limits'> & {
  readonly limits?: ResourceParts['limits'];
};

const bearerForm = new RegExp(`^Bearer (${bearerPrefix}[A-Za-z0-9_-]{44})$`);

/**
 * SCIM 2.0 (RFC 7643, 7644) in: who is there, as a connected directory says it. INVARIANT: a malformed
 * request is told what is wrong, is on record, and changes nothing.
 */
export function createScimDesk(given: ScimDeskParts): ScimDesk {
  const parts = { limits, ...given };
  const resources: Readonly<Record<string, ResourceDesk>> = {
    Users: createUsers(parts),
    Groups: createGroups(parts),
  };
  const turns = createTurns();
  return {
    async tokenOf(authorization) {
      const [, bearer] = bearerForm.exec(authorization ?? '') ?? [];
      const token =
        bearer === undefined
          ? undefined
          : await parts.directory.byToken(sha256Hex(bearer), parts.clock.now());
      if (token !== undefined) return token;
      throw new BailiwickError('api/unauthorized', {
        message: 'this is no live token of a directory',
        suggestedAction: 'make one with `bailiwick directory token create`',
      });
    },
    async serve(asked) {
      try {
        const of = Object.hasOwn(resources, asked.place) ? resources[asked.place] : undefined;
        if (asked.method === 'GET') return await read(parts, asked, of);
        if (of === undefined) throw notFound();
        // One after the other: what was read is what is changed, and what is on record came about.
        return await turns.take(asked.token.tenant, () => change(asked, of));
      } catch (fault) {
        return refused(parts, asked, fault);
      }
    },
  };
}

/** INVARIANT: no answer of a read leaves before it is on record that it was read. */
async function read(
  { recorder }: ResourceParts,
  asked: ScimAsked,
  of: ResourceDesk | undefined,
): Promise<ScimAnswer> {
  const { place, id, base, token } = asked;
  if (of === undefined) {
    const body = discovered(place, id, base);
    if (body === undefined) throw notFound();
    return { status: 200, headers: {}, body };
  }
  const answer = await (id === undefined ? of.list(asked) : of.get(asked, id));
  const details = {
    path: `/scim/v2/${place}${id === undefined ? '' : '/:id'}`,
    found: answer.status,
  };
  await recorder.record(draft(token, 'api.read', details));
  return answer;
}

function change(asked: ScimAsked, of: ResourceDesk): Promise<ScimAnswer> {
  const { method, id } = asked;
  if (id === undefined) {
    if (method === 'POST') return of.create(asked);
  } else if (method === 'PUT' || method === 'PATCH') {
    return of.change(asked, id);
  } else if (method === 'DELETE') {
    return of.remove(asked, id);
  }
  throw new BailiwickError('admit/method-not-allowed');
}

async function refused(
  { recorder }: ResourceParts,
  { token, method, place, id }: ScimAsked,
  fault: unknown,
): Promise<ScimAnswer> {
  const problem = fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
  const { code, message, status } = problem;
  await recordOrOwe(recorder, {
    ...draft(token, 'directory.refused', {
      path: `/scim/v2/${place}${id === undefined ? '' : '/:id'}`,
      ...(problem.details ?? emptyObject()),
    }),
    method,
    refusal: { stage: 'directory', code, message },
  });
  return { status, headers: {}, body: scimError(problem) };
}

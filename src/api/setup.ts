import { z } from 'zod';
import { sha256Hex } from '#kernel/digest.ts';
import { newCapability } from '#kernel/ids.ts';
import { parseBody } from './input.ts';
import type { Route } from './route.ts';

const setup = z.strictObject({
  link: z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'the part after `#setup=`'),
  name: z.string().trim().min(1).max(64),
});

/** The first person: whoever holds the one-time link. Approvals and releases need a name. */
export const setupRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/setup',
    action: 'identity.person-added',
    recordedBy: 'route',
    role: 'anyone',
    async handle({ parts, body }) {
      const { link, name } = parseBody(setup, body);
      const credential = newCapability() + newCapability();
      const person = await parts.store.people.redeemSetupLink({
        digest: sha256Hex(link),
        person: { tenant: parts.tenant, name, role: 'admin' },
        credentialDigest: sha256Hex(credential),
        now: parts.clock.now(),
      });
      return { name: person.name, role: person.role, tenant: person.tenant, credential };
    },
  },
];

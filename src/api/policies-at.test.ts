import { describe, expect, it } from 'vitest';
import type { DocumentVersion } from '#contracts/document-store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { policiesAt } from './policies-at.ts';

const cedar = 'forbid(principal, action, resource);';

/** Of both desks nothing but what was written is asked. */
function asked(specs: Readonly<Record<string, JsonObject>>, environment: string | undefined) {
  const desks = {
    documents: { list: async () => Object.keys(specs).map((name) => ({ name })) },
    changes: {
      history: async (_tenant: string, _kind: string, name: string) =>
        [{ spec: specs[name], appliedAt: 10 }] as unknown as readonly DocumentVersion[],
    },
  } as unknown as Parameters<typeof policiesAt>[0];
  const record = { tenant: 'main', ...(environment === undefined ? {} : { environment }) };
  return policiesAt(desks, record as RecordEnvelope, 20);
}

describe('the policies of a time', () => {
  const specs = {
    everywhere: { cedar },
    live: { cedar, environments: ['production'] },
    shadow: { cedar, shadow: true },
    trial: { cedar, environments: ['dev', 'staging'] },
    unread: { cedar, sadow: true },
  };

  it.each([
    ['production', ['everywhere', 'live']],
    ['dev', ['everywhere', 'trial']],
    [undefined, ['everywhere']],
  ])('are those that held where the record was made: %s [POL-04]', async (environment, names) => {
    const found = await asked(specs, environment);
    expect(found.map(({ name }) => name)).toEqual(names);
  });
});

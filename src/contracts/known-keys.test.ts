import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { documentProblems } from './document-kind.ts';
import { knownKeys } from './known-keys.ts';

const schema = z
  .strictObject({
    owner: z.string(),
    rate: z.strictObject({ perMinute: z.number() }).default({ perMinute: 1 }),
    tools: z.array(z.strictObject({ tool: z.string(), arguments: z.unknown().optional() })),
    classes: z.record(z.string(), z.strictObject({ effect: z.string() })),
    connect: z.union([
      z.strictObject({ url: z.string() }),
      z.strictObject({ command: z.string() }),
    ]),
  })
  .refine(() => true);

describe('the keys that a schema knows', () => {
  it('are found at the top, below defaults, in lists, in tables and in each of several forms', () => {
    expect(knownKeys(schema, [])).toEqual(['owner', 'rate', 'tools', 'classes', 'connect']);
    expect(knownKeys(schema, ['rate'])).toEqual(['perMinute']);
    expect(knownKeys(schema, ['tools', 3])).toEqual(['tool', 'arguments']);
    expect(knownKeys(schema, ['classes', 'any'])).toEqual(['effect']);
    expect(knownKeys(schema, ['connect'])).toEqual(['url', 'command']);
  });

  it('are none where nothing is named, and nothing that every object inherits', () => {
    expect(knownKeys(schema, ['owner'])).toEqual([]);
    expect(knownKeys(schema, ['constructor'])).toEqual([]);
    expect(knownKeys(schema, ['nobody', 'knows'])).toEqual([]);
  });

  it('are what an unknown key is compared with: the one that was meant is named', () => {
    const spec = {
      owner: 'a',
      rate: { perMinute: 1, perMinut: 1 },
      tools: [],
      classes: {},
      connect: { url: '' },
    };
    const told = (given: object) => {
      const parsed = schema.safeParse(given);
      return documentProblems('Kind', given as never, parsed.error?.issues ?? [], schema);
    };
    expect(told(spec)[0]).toMatchObject({
      path: ['spec', 'rate', 'perMinut'],
      message: 'unknown key `perMinut`; did you mean `perMinute`?',
    });
    const [strange] = told({ ...spec, rate: { perMinute: 1 }, somethingElse: 1 });
    expect(strange?.message).toBe('unknown key `somethingElse`');
    expect(strange?.suggestedAction).toContain('owner, rate, tools, classes, connect');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordType } from '#kernel/record.ts';
import { reports } from '#planes/evidence/index.ts';
import { views } from '#planes/query/index.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { inNoReport } from '../../../test/pins/in-no-report.ts';
import { draftOf, everyType, without } from '../../../test/fakes/record-drafts.ts';

let world: IndexedWorld;
/** By report, the types that it has of a log with one record of each type. */
const typesOf = new Map<string, readonly RecordType[]>();

beforeAll(async () => {
  world = await createIndexedWorld();
  await world.write(everyType.map(plain));
  for (const [name, { words }] of Object.entries(reports)) typesOf.set(name, await typesIn(words));
});
afterAll(() => world.close());

/** Of its own type and of nothing else, so that no report has it for what merely stands in it. */
function plain(type: RecordType) {
  const bare = without(draftOf(type), 'wouldHave', 'lease', 'refusal');
  const { refusal, lease } = draftOf(type);
  const isRefusal = /refused/u.test(type);
  return {
    ...bare,
    ...(isRefusal && refusal !== undefined ? { refusal } : {}),
    ...(type.startsWith('credential.') && lease !== undefined ? { lease } : {}),
  };
}

async function typesIn(words: string): Promise<readonly RecordType[]> {
  const found: RecordType[] = [];
  let cursor: string | undefined;
  do {
    const page = await world.ask(words, { cursor, most: 100 });
    found.push(...page.records.map(({ record }) => record.type));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

describe('the named reports of packs of evidence', () => {
  it('have each type of record that an act of a person leaves, but for these, with why [AUD-22]', () => {
    expect(typesOf.get('everything')?.toSorted()).toEqual([...everyType].toSorted());
    const named = new Set([...typesOf].flatMap(([name, of]) => (name === 'everything' ? [] : of)));
    const missed = everyType.filter((type) => !named.has(type));
    expect(missed.toSorted()).toEqual(Object.values(inNoReport).flat().toSorted());
  });

  it('have overrides, things held and tools rejected where people look for them [AUD-22, POL-08]', () => {
    const overrides = ['override.given', 'override.reviewed', 'override.ended', 'label.released'];
    expect(typesOf.get('overrides')).toEqual(expect.arrayContaining(overrides));
    expect(typesOf.get('stops')).toEqual(expect.arrayContaining(['label.held', 'label.released']));
    expect(typesOf.get('policy-changes')).toContain('tool.rejected');
  });

  it.each(['overrides', 'stops', 'policy-changes'])(
    'say of %s what the view of that name says',
    async (name) => {
      const view = views.find((one) => one.name === name)?.query ?? '';
      const seen = await typesIn(view.replace(/^since:\S+ /u, ''));
      expect(seen.toSorted()).toEqual(typesOf.get(name)?.toSorted());
    },
  );
});

import { describe, expect, it } from 'vitest';
import { compileSnapshot, loadDocuments } from '#config/index.ts';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import type { PlanePart } from '#contracts/plane-part.ts';
import { entryOf, section } from '#contracts/section.ts';
import { compileConfiguration } from '#gateway/index.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { z } from 'zod';
import { createPlaneParts, documentKinds } from './catalogue.ts';

/** A plane that nobody knows: its entry, its kind, its view. Nothing outside this file was touched. */
interface ThingEntry {
  readonly name: string;
  readonly agent: string;
  readonly size: number;
}

const things = section<ThingEntry>('things');
const spec = z.strictObject({ agent: z.string(), size: z.number().int() });

const thingKind: DocumentKind<ThingEntry> = {
  kind: 'Thing',
  section: things,
  parse(name, given) {
    const parsed = spec.safeParse(given);
    if (!parsed.success) {
      return {
        kind: 'problems',
        problems: documentProblems('Thing', given, parsed.error.issues, spec),
      };
    }
    const { agent } = parsed.data;
    return {
      kind: 'parsed',
      entry: { name, ...parsed.data },
      references: [{ kind: 'Agent', name: agent, path: ['spec', 'agent'] }],
    };
  },
};

interface ThingView {
  sizeOf(tenant: string, thing: string): number | undefined;
}

const thingPart: PlanePart<ThingView> = {
  name: 'things',
  compile: ({ tenants }) => ({
    kind: 'compiled',
    view: { sizeOf: (tenant, name) => entryOf(tenants[tenant], things, name)?.size },
  }),
};

const kinds = [...documentKinds, thingKind];
const agent = { owner: 'ann', purpose: 'p', manifest: 'm' };
const others = [
  { kind: 'Agent', name: 'worker', spec: agent },
  { kind: 'Manifest', name: 'm', spec: { tools: [{ tool: 'crm/get' }] } },
  { kind: 'ToolServer', name: 'crm', spec: { connect: { url: 'http://127.0.0.1:1/' } } },
];

function snapshotOf(thing: JsonObject) {
  const documents = [...others, { kind: 'Thing', name: 'box', spec: thing }];
  return compileSnapshot({
    kinds,
    tenants: [{ tenant: 'main', documents, pins: [], secrets: [] }],
    epoch: 1,
    number: 1,
    tokens: { issuer: 'i', audience: 'a', keys: [] },
    now: 0,
  });
}

/** As a gateway gets it. */
function overTheWire(snapshot: Snapshot): Snapshot {
  return parseJson(canonicalBytes(snapshot as unknown as Json)) as unknown as Snapshot;
}

describe('a kind of document that is added to the lists, with its plane', () => {
  it('reaches the view of its plane, typed, through store, wire and configuration', async () => {
    const compiled = snapshotOf({ agent: 'worker', size: 7 });
    if (compiled.kind === 'problems') throw new Error(JSON.stringify(compiled.problems));
    const parts = [...createPlaneParts().all, thingPart];
    const made = await compileConfiguration(parts, overTheWire(compiled.snapshot), undefined);
    if (made.kind === 'refused') throw new Error(JSON.stringify(made.problems));
    const view = made.configuration.of(thingPart);
    expect(view.sizeOf('main', 'box')).toBe(7);
    expect(view.sizeOf('main', 'constructor')).toBeUndefined();
  });

  it('is judged like every other: its shape, its unknown keys and what it refers to', () => {
    const messages = (thing: JsonObject) => {
      const result = snapshotOf(thing);
      return result.kind === 'problems' ? result.problems.map(({ message }) => message) : [];
    };
    expect(messages({ agent: 'gone', size: 1 })).toEqual([
      'Thing `box`: `spec.agent`: no Agent is called `gone`',
    ]);
    expect(messages({ agent: 'worker', size: 1, colour: 'red' })).toEqual([
      'Thing `box`: unknown key `colour`',
    ]);
  });

  it('is loaded from a folder, with the line of each problem', () => {
    const text = 'kind: Thing\nname: box\nspec:\n  agent: gone\n  size: 1\n';
    const files = [{ file: 'box.yaml', bytes: Buffer.from(text) }];
    expect(loadDocuments({ kinds, files }).problems).toEqual([
      expect.objectContaining({ file: 'box.yaml', line: 4 }),
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { createModelKind } from '#planes/models/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import { compileSnapshot } from './compile.ts';
import { loadDocuments } from './index.ts';

const kinds = [manifestKind, toolServerKind, createModelKind([{ kind: 'openai' }])];

const provider = {
  connect: { url: 'http://127.0.0.1:9000/v1' },
  models: { small: {}, large: {} },
};

function load(...targets: readonly string[]) {
  const text = `kind: Model
name: tiny
spec: ${JSON.stringify(provider)}
---
kind: ToolServer
name: files
spec: { connect: { url: "http://127.0.0.1:9000/mcp" }, resources: {} }
---
kind: Manifest
name: work
spec:
  tools: [{ tool: files/not-seen-yet }]
  targets:
${targets.map((target) => `    - ${target}`).join('\n')}
`;
  const files = [{ file: 'a.yaml', bytes: Buffer.from(text) }];
  return loadDocuments({ kinds, files }).problems;
}

describe('what a manifest names of a document that lists all that it has', () => {
  it('is a problem at its file and line when the document has no such one, with what was meant', () => {
    expect(load('model:tiny/small', 'model:tiny/smal')).toMatchObject([
      {
        file: 'a.yaml',
        line: 15,
        message: 'Model `tiny` has no model `smal`',
        suggestedAction: 'did you mean `model:tiny/small`?',
      },
    ]);
    expect(load('model:tiny/nokey')).toMatchObject([
      { suggestedAction: 'add it there, or name one that it has: small, large' },
    ]);
  });

  it('is none of tools and resources, which nobody knows before they are asked for', () => {
    expect(load('resource:files/file:///any', 'resource:files/file:///a/*')).toEqual([]);
  });

  it('is one for documents that come over the API as well', () => {
    const compiled = compileSnapshot({
      kinds,
      tenants: [
        {
          tenant: 'main',
          documents: [
            { kind: 'Manifest', name: 'work', spec: { targets: ['model:tiny/nokey'] } },
            { kind: 'Model', name: 'tiny', spec: provider },
          ],
          pins: [],
          secrets: [],
        },
      ],
      epoch: 1,
      number: 1,
      tokens: { issuer: 'i', audience: 'a', keys: [] },
      now: 0,
    });
    expect(compiled).toMatchObject({
      kind: 'problems',
      problems: [
        {
          kind: 'Manifest',
          message: 'Manifest `work`: `spec.targets.0`: Model `tiny` has no model `nokey`',
        },
      ],
    });
  });
});

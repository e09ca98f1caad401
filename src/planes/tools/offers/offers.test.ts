import { assert, integer, option, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, ManifestEntry, Snapshot } from '#kernel/snapshot.ts';
import { serverEntry } from '#contracts/tool-server.suite.ts';
import { openPlace, sealPlace } from './cursor.ts';
import type { OfferPage } from './door.ts';
import { checkContents, readPage } from './shapes.ts';
import { offersIn } from './view.ts';
import { listed } from '../../../../test/fakes/listed.ts';

const offerClass = {
  effect: 'read',
  reversible: true,
  resultLabels: ['integrity:untrusted'],
  sensitivity: 'internal',
} as const;

const hops: Principal['hops'] = [];
const principal = { tenant: 'main', agent: 'worker', hops } as Principal;

/** One agent, the servers `files`, `wiki` and `old`, and what its manifest grants. */
function snapshotOf(
  targets: readonly string[],
  digest = 'd1',
): Pick<Snapshot, 'digest' | 'tenants'> {
  const manifest: ManifestEntry = {
    name: 'm',
    targets: targets.map(listed),
    sensitivity: 'internal',
  };
  const offers = { resource: offerClass, prompt: offerClass };
  const server = (name: string) => serverEntry({ kind: 'http', url: 'x' }, { name, offers });
  const { offers: _, ...old } = server('old');
  return {
    digest,
    tenants: {
      main: {
        tenant: 'main',
        agents: { worker: { name: 'worker', manifest: 'm' } as AgentEntry },
        manifests: { m: manifest },
        servers: { files: server('files'), wiki: server('wiki'), old },
        policies: [],
        secrets: {},
        pins: {},
      },
    },
  };
}

function found(targets: readonly string[], uri: string, who = principal): string {
  const answer = offersIn(snapshotOf(targets)).find(who, 'resource', uri);
  return isRefusal(answer) ? answer.code : answer.target.owner;
}

describe('a resource that an agent may name', () => {
  const docs = 'resource:files/file:///docs/*';

  it('is what the manifest grants, by its name or by how it begins, and nothing else', () => {
    const targets = [docs, 'resource:files/file:///etc/motd'];
    expect(found(targets, 'file:///docs/a/b.md')).toBe('files');
    expect(found(targets, 'file:///etc/motd')).toBe('files');
    for (const uri of ['file:///etc/motd2', 'file:///etc/', 'FILE:///docs/a', 'constructor', '']) {
      expect(found(targets, uri), uri).toBe('offers/not-visible');
    }
    expect(found(targets, 'file:///docs/a', { ...principal, agent: 'other' })).toBe(
      'offers/not-visible',
    );
    expect(found(targets, 'file:///docs/a', { ...principal, tenant: 'toString' })).toBe(
      'offers/not-visible',
    );
  });

  it.each([
    'file:///docs/../etc/passwd',
    'file:///docs/%2e%2e/etc/passwd',
    'file:///docs/..%2fetc',
    'file:///docs/a\\..\\..\\etc',
    'file:///docs//etc/passwd',
    'file:///docs/%252e%252e/x',
    'file:///docs/a\nb',
  ])('stays below its prefix: %j is not visible', (uri) => {
    expect(found([docs], uri)).toBe('offers/not-visible');
  });

  it('of two servers is refused, unless one of them is named exactly', () => {
    const wiki = 'resource:wiki/file:///docs/*';
    const uri = 'file:///docs/a.md';
    expect(found([docs, wiki], uri)).toBe('offers/ambiguous');
    expect(found([docs, wiki, `resource:wiki/${uri}`], uri)).toBe('wiki');
    expect(found([`resource:files/${uri}`, `resource:wiki/${uri}`], uri)).toBe('offers/ambiguous');
  });

  it('is none where the server has no class for it, and no prompt of the same name', () => {
    expect(found(['resource:old/file:///a'], 'file:///a')).toBe('offers/not-visible');
    const view = offersIn(snapshotOf(['resource:files/summary']));
    expect(view.find(principal, 'prompt', 'summary')).toMatchObject({ code: 'offers/not-visible' });
  });

  it('is granted of its own server only, and its template where it could be made from it', () => {
    const view = offersIn(snapshotOf([docs, 'prompt:files/summary']));
    const grants = (kind: 'resource' | 'prompt' | 'tool', owner: string, name?: string) =>
      view.named(principal, { kind, owner, name }) !== undefined;
    expect(grants('resource', 'files', 'file:///docs/a')).toBe(true);
    expect(grants('resource', 'wiki', 'file:///docs/a')).toBe(false);
    expect(grants('resource', 'files')).toBe(false);
    expect(grants('prompt', 'files', 'summary')).toBe(true);
    expect(grants('tool', 'files', 'summary')).toBe(false);
    const reaches = (template: string) => view.grantsTemplate(principal, 'files', template);
    expect(reaches('file:///docs/{name}')).toBe(true);
    expect(reaches('file:///docs/deep/{name}')).toBe(true);
    expect(reaches('file:///{path}')).toBe(true);
    expect(reaches('file:///private/{name}')).toBe(false);
    expect(view.grantsTemplate(principal, 'wiki', 'file:///docs/{name}')).toBe(false);
  });
});

describe('a list of what servers offer', () => {
  const targets = ['resource:files/file:///docs/*', 'resource:wiki/wiki:home', 'prompt:wiki/sum'];

  function pageOf(cursor?: string, snapshot = snapshotOf(targets), who = principal): OfferPage {
    const page = offersIn(snapshot).page(who, 'resource', cursor);
    if (page === undefined || isRefusal(page)) throw new Error('no page');
    return page;
  }

  function next(page: OfferPage, upstreamCursor?: string): string {
    const cursor = page.next(upstreamCursor);
    if (typeof cursor !== 'string') throw new Error('no cursor');
    return cursor;
  }

  it('is one server a page, in the order of the manifest, then nothing', () => {
    const first = pageOf();
    expect(first.server.name).toBe('files');
    expect(first.upstreamCursor).toBeUndefined();
    const more = pageOf(next(first, 'page 2'));
    expect([more.server.name, more.upstreamCursor]).toEqual(['files', 'page 2']);
    // An empty cursor of a server is one too.
    expect(pageOf(next(first, '')).upstreamCursor).toBe('');
    const last = pageOf(next(more));
    expect([last.server.name, last.upstreamCursor]).toEqual(['wiki', undefined]);
    expect(last.next(undefined)).toBeUndefined();
  });

  it('is told from the configuration where the agent may name nothing', () => {
    const view = offersIn(snapshotOf(['prompt:wiki/sum']));
    expect(view.page(principal, 'resource', undefined)).toBeUndefined();
    expect(view.page({ ...principal, agent: 'other' }, 'prompt', undefined)).toBeUndefined();
  });

  it('goes on with a cursor of its own agent, kind and configuration only', () => {
    const cursor = next(pageOf(), 'page 2');
    const refused = { code: 'tools/invalid-cursor' };
    const view = offersIn(snapshotOf(targets));
    expect(offersIn(snapshotOf(targets, 'd2')).page(principal, 'resource', cursor)).toMatchObject(
      refused,
    );
    expect(view.page(principal, 'prompt', cursor)).toMatchObject(refused);
    const forged = Buffer.from('[1,"mine","0123456789abcdef0123456789abcdef"]');
    for (const text of ['', 'x', forged.toString('base64url'), `${cursor}x`, 'a'.repeat(20_000)]) {
      expect(view.page(principal, 'resource', text)).toMatchObject(refused);
    }
  });

  it('carries cursors of servers as they came, up to a length', () => {
    const scope = ['digest', 'main', 'worker', 'resource'];
    assert(
      property(integer({ min: 0, max: 100 }), option(string(), { nil: undefined }), (at, text) => {
        const place = { at, upstreamCursor: text?.toWellFormed() };
        expect(openPlace(sealPlace(place, scope) ?? '', scope)).toEqual(place);
      }),
    );
    const around = JSON.stringify([0, '', 'x'.repeat(32)]).length;
    const longest = Math.floor((limits.offerCursorBytes * 3) / 4) - around;
    expect(pageOf().next('c'.repeat(longest))).toHaveLength(limits.offerCursorBytes);
    expect(pageOf().next('c'.repeat(longest + 1))).toMatchObject({
      code: 'tools/upstream-protocol',
    });
  });
});

describe('what a server answers', () => {
  const shape = { items: 'resources', name: 'uri' };

  it('is a page when every item has its name', () => {
    expect(readPage({ resources: [{ uri: 'a', size: 1 }], nextCursor: '' }, shape)).toEqual({
      items: [{ name: 'a', item: { uri: 'a', size: 1 } }],
      nextCursor: '',
    });
    expect(readPage({ resources: [], nextCursor: null }, shape)).toMatchObject({ items: [] });
  });

  it.each([
    [{}],
    [{ resources: {} }],
    [{ resources: ['a'] }],
    [{ resources: [{ name: 'a' }] }],
    [{ resources: [{ uri: '' }] }],
    [{ resources: [{ uri: 1 }] }],
    [{ resources: [], nextCursor: 1 }],
  ])('is no page: %j', (result) => {
    expect(readPage(result, shape)).toMatchObject({ code: 'tools/upstream-protocol' });
  });

  const mayRead = (uri: string): boolean => uri.startsWith('file:///docs/');

  it('is what a resource holds: texts and blobs, of what may be read', () => {
    const contents = [
      { uri: 'file:///docs/a', text: '', mimeType: 'text/plain', extra: 1 },
      { uri: 'file:///docs/b', blob: 'AA==' },
    ];
    expect(checkContents({ contents }, mayRead)).toBeUndefined();
    expect(checkContents({ contents: [] }, mayRead)).toBeUndefined();
  });

  it.each([
    [{}],
    [{ contents: 'x' }],
    [{ contents: ['x'] }],
    [{ contents: [{ text: 'x' }] }],
    [{ contents: [{ uri: 'file:///docs/a' }] }],
    [{ contents: [{ uri: 'file:///docs/a', text: 'x', blob: 'x' }] }],
    [{ contents: [{ uri: 'file:///docs/a', text: 'x', blob: 1 }] }],
    [{ contents: [{ uri: 'file:///docs/a', text: 1 }] }],
    [{ contents: [{ uri: 'file:///docs/a', text: 'x', mimeType: 1 }] }],
    [{ contents: [{ uri: 'file:///private/a', text: 'x' }] }],
  ])('is not what a resource holds: %j', (result) => {
    expect(checkContents(result, mayRead)).toMatchObject({ code: 'tools/upstream-protocol' });
  });
});

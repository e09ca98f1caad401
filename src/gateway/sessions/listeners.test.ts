import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { LiveLine } from '../http/protocol.ts';
import { createListeners, type Listeners } from './listeners.ts';

class Line implements LiveLine {
  readonly heard: string[] = [];
  reads = true;
  ended: string | undefined;
  #closed: () => void = () => undefined;

  write(bytes: Buffer): boolean {
    this.heard.push(bytes.toString('utf8'));
    return this.reads;
  }
  end(last: Buffer | undefined): void {
    this.ended = last?.toString('utf8') ?? '';
  }
  onClose(closed: () => void): void {
    this.#closed = closed;
  }
  leave(): void {
    this.#closed();
  }
}

const alive = ': \n\n';
const by = (instance: string) => ({ tenant: 'main', agent: 'a', instance, task: 't' }) as Principal;
const world = {
  now: 0,
  version: '1',
  tools: 'a',
  rights: 'r',
  barred: new Set<string>(),
  hidden: new Set<string>(),
};
let listeners: Listeners;

beforeEach(() => {
  Object.assign(world, {
    now: 0,
    version: '1',
    tools: 'a',
    rights: 'r',
    barred: new Set(),
    hidden: new Set(),
  });
  listeners = createListeners({
    mayListen: ({ instance }) => !world.barred.has(instance),
    tools: () => world.tools,
    rights: () => world.rights,
    mayHear: ({ instance }, { owner, name }) => !world.hidden.has(`${instance} ${owner} ${name}`),
    version: () => world.version,
    monotonic: () => world.now,
  });
});

function listen(instance = 'i', session?: string, after?: string): Line {
  const line = new Line();
  listeners.open(
    {
      by: by(instance),
      session,
      ...(after === undefined ? {} : { after, resourcesChanged: Buffer.from('resources') }),
      first: undefined,
      toolsChanged: Buffer.from('changed'),
      last: Buffer.from('bye'),
    },
    line,
  );
  return line;
}

describe('whoever listens', () => {
  it('is told when what it is shown has changed, once, and not when something else has', () => {
    const line = listen();
    world.version = '2';
    listeners.look();
    expect(line.heard).toEqual([alive]);
    world.tools = 'b';
    listeners.look();
    expect(line.heard).toEqual([alive]);
    world.version = '3';
    listeners.look();
    listeners.look();
    expect(line.heard).toEqual([alive, 'changed']);
  });

  it('hears that it is still there at least so often (keepAliveMs)', () => {
    const line = listen();
    world.now = limits.keepAliveMs - 1;
    listeners.look();
    expect(line.heard).toHaveLength(1);
    world.now += 1;
    listeners.look();
    expect(line.heard).toEqual([alive, alive]);
  });

  it('is ended when it may not act any more, and others are not', () => {
    const [one, two] = [listen('i'), listen('j')];
    world.barred.add('i');
    listeners.look();
    expect([one.ended, two.ended]).toEqual(['bye', undefined]);
  });

  it('is ended with its session, and after as long as a token lasts (listenMs)', () => {
    const [one, two] = [listen('i', 's'), listen('i', 'u')];
    listeners.endSession('s');
    expect([one.ended, two.ended]).toEqual(['bye', undefined]);
    world.now = limits.listenMs - 1;
    listeners.look();
    expect(two.ended).toBeUndefined();
    world.now += 1;
    listeners.look();
    expect(two.ended).toBe('bye');
  });

  it('that does not read is ended', () => {
    const line = listen();
    line.reads = false;
    world.now = limits.keepAliveMs;
    listeners.look();
    expect(line.ended).toBe('bye');
  });

  it('has so many open (listenersPerInstance): of more, the oldest ends', () => {
    const lines = Array.from({ length: limits.listenersPerInstance }, () => listen());
    expect(lines.every(({ ended }) => ended === undefined)).toBe(true);
    const other = listen('j');
    const last = listen();
    expect(lines[0]?.ended).toBe('bye');
    expect([lines[1]?.ended, other.ended, last.ended]).toEqual([undefined, undefined, undefined]);
  });

  it('is one of so many in all (listeners), and makes room by leaving', () => {
    const lines = Array.from({ length: limits.listeners }, (_, at) => listen(`i-${at >> 2}`));
    const open = () => lines.filter(({ ended }) => ended === undefined).length;
    expect([listeners.hasRoom, open()]).toEqual([false, limits.listeners]);
    const over = listen('one more');
    expect([over.ended, over.heard, open()]).toEqual(['bye', [], limits.listeners]);
    lines[4]?.leave();
    expect(listeners.hasRoom).toBe(true);
    expect(listen('one more').ended).toBeUndefined();
    listeners.close();
    expect(lines[1]?.ended).toBe('bye');
  });
});

describe('whoever listens to what tool servers offer', () => {
  const tenant = 'main';
  const hears = (instance: string, wishes: readonly string[], more: object = {}): Line => {
    const line = new Line();
    listeners.open(
      {
        by: by(instance),
        session: undefined,
        first: undefined,
        toolsChanged: undefined,
        resourcesChanged: Buffer.from('resources'),
        updated: (server, uri) =>
          wishes.includes(`${server} ${uri}`)
            ? { bytes: Buffer.from(uri), rights: 'r' }
            : undefined,
        last: undefined,
        ...more,
      },
      line,
    );
    return line;
  };
  const updated = { tenant, server: 'files', kind: 'resource', uri: 'file:///a' } as const;

  it('is told of the one resource that changed, if it asked and may read it still [D-06, SYS-044]', () => {
    const line = hears('i', ['files file:///a']);
    const other = hears('j', []);
    const wrong = hears('k', ['files file:///a']);
    world.hidden.add('k files file:///a');
    expect(listeners.offersChanged(updated)).toBe(1);
    expect([line, other, wrong].map(({ heard }) => heard)).toEqual([
      [alive, 'file:///a'],
      [alive],
      [alive],
    ]);
    expect(listeners.offersChanged({ ...updated, tenant: 'other' })).toBe(0);
    expect(listeners.offersChanged({ ...updated, server: 'others' })).toBe(0);
    expect(listeners.isWanted(tenant, 'files', 'file:///a')).toBe(true);
    expect(listeners.isWanted(tenant, 'files', 'file:///b')).toBe(false);
  });

  it('hears nothing more once it may not act, or its rights are others [TOL-15]', () => {
    const line = hears('i', ['files file:///a']);
    world.rights = 'less';
    expect(listeners.offersChanged(updated)).toBe(0);
    world.rights = 'r';
    world.barred.add('i');
    expect(listeners.offersChanged(updated)).toBe(0);
    expect(line.heard).toEqual([alive]);
  });

  it('that asked for single resources has to ask again when its rights change', () => {
    const line = hears('i', ['files file:///a'], { endsWithRights: ['r'] });
    world.rights = 'less';
    world.version = '2';
    listeners.look();
    expect(line.ended).toBe('');
  });

  it('that was judged by other rights than those of now has to ask again, whatever changed since', () => {
    const line = hears('i', ['files file:///a'], { endsWithRights: ['r', 'before'] });
    listeners.look();
    expect(line.ended).toBe('');
  });

  it('is told of a list, when it may see any of it, and of its own rights', () => {
    const line = hears('i', []);
    expect(listeners.offersChanged({ tenant, server: 'files', kind: 'resource' })).toBe(1);
    expect(listeners.offersChanged({ tenant, server: 'files', kind: 'prompt' })).toBe(0);
    world.hidden.add('i files undefined');
    expect(listeners.offersChanged({ tenant, server: 'files', kind: 'resource' })).toBe(0);
    world.rights = 'more';
    world.version = '2';
    listeners.look();
    expect(line.heard).toEqual([alive, 'resources', 'resources']);
  });
});

describe('whoever comes back to where it was', () => {
  const placeIn = (line: Line) => /^id: (\S+)\n/.exec(line.heard.at(-1) ?? '')?.[1] ?? 'nowhere';

  function change(over: Partial<typeof world>): void {
    Object.assign(world, over, { version: `${Number(world.version) + 1}` });
    listeners.look();
  }

  it('is told which lists have changed since, and of nothing that has not', () => {
    const line = listen('i', 's', '');
    change({ tools: 'b' });
    expect(line.heard).toEqual([alive, expect.stringMatching(/^id: \S+\nchanged$/)]);
    const place = placeIn(line);
    expect(listen('i', 's', place).heard).toEqual([alive]);
    change({ tools: 'c' });
    expect(listen('i', 's', place).heard).toEqual([alive, expect.stringContaining('changed')]);
    change({ tools: 'b', rights: 'q' });
    expect(listen('i', 's', place).heard).toEqual([alive, expect.stringContaining('resources')]);
  });

  it('is told the same by a gateway that never saw it', () => {
    const line = listen('i', 's', '');
    change({ tools: 'b' });
    const place = placeIn(line);
    const parts = { tools: () => 'b', rights: () => 'r', version: () => '9', monotonic: () => 0 };
    const other = createListeners({ ...parts, mayListen: () => true, mayHear: () => true });
    const again = new Line();
    const session = { by: by('i'), session: 's', first: undefined, last: undefined, after: place };
    other.open({ ...session, toolsChanged: Buffer.from('changed') }, again);
    other.close();
    expect(again.heard).toEqual([alive]);
  });

  it('is told of every list when its place means nothing here', () => {
    for (const after of ['7', '.', 'x'.repeat(9_000), '__proto__.constructor']) {
      const [first, ...words] = listen('i', 's', after).heard;
      expect(first).toBe(alive);
      expect(words.map((word) => word.replace(/^id: \S+\n/, ''))).toEqual(['changed', 'resources']);
    }
  });
});

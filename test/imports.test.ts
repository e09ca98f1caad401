import { describe, expect, it } from 'vitest';
import { circlesIn, computedTarget, importsIn } from './imports.ts';
import { siblings } from './siblings.ts';

const targets = (text: string) =>
  importsIn('/', 'src/planes/policy/gate.ts', text).map(({ to }) => to);

describe('what a file imports', () => {
  it.each([
    ['an import', `import { a } from '#planes/audit/index.ts';`],
    ['a type', `import type { A } from '#planes/audit/index.ts';`],
    ['a file beside', `import '../audit/index.ts';`],
    ['a re-export', `export { a } from '#planes/audit/index.ts';`],
    ['a whole re-export', `export * from '#planes/audit/index.ts';`],
    ['a dynamic import', `const a = await import('#planes/audit/index.ts');`],
    ['require', `const a = require('#planes/audit/index.ts');`],
    [
      'a made require',
      `import { createRequire } from 'node:module'; createRequire(import.meta.url)('#planes/audit/index.ts');`,
    ],
    [
      'a kept one',
      `import { createRequire } from 'node:module'; const load = createRequire(import.meta.url); load('#planes/audit/index.ts');`,
    ],
    [
      'a renamed one',
      `import { createRequire as make } from 'node:module'; const load = make(import.meta.url); load('#planes/audit/index.ts');`,
    ],
    [
      'one of the module',
      `import * as m from 'node:module'; const load = m.createRequire(import.meta.url); load('#planes/audit/index.ts');`,
    ],
    ['what require resolves', `require.resolve('#planes/audit/index.ts');`],
    [
      'what a made one resolves',
      `import { createRequire } from 'node:module'; createRequire(import.meta.url).resolve('#planes/audit/index.ts');`,
    ],
    ['what the module resolves', `const at = import.meta.resolve('#planes/audit/index.ts');`],
    ['a member of the module', `module.require('#planes/audit/index.ts');`],
    ['a member by its name', `module['require']('#planes/audit/index.ts');`],
    ['a worker', `new Worker(new URL('../audit/index.ts', import.meta.url));`],
  ])('is seen: %s', (_, text) => {
    expect(targets(text)).toContain('src/planes/audit/index.ts');
  });

  it('is seen when it is built in and asked for by name', () => {
    expect(targets(`process.getBuiltinModule('node:fs');`)).toEqual(['node:fs']);
  });

  it.each([
    'await import(name);',
    'await import(`#planes/${name}/index.ts`);',
    'require(name);',
    'require(`#planes/${name}/index.ts`);',
    'import.meta.resolve(name);',
    'require.resolve(name);',
  ])('is nothing that any rule allows when it is named at run time: %s', (text) => {
    expect(targets(text)).toEqual([computedTarget]);
  });

  it('is not what another thing resolves or requires by its own word', () => {
    expect(
      targets(`Promise.resolve('a'); path.resolve('b'); resolve('c'); requires('d');`),
    ).toEqual([]);
  });
});

describe('circles', () => {
  const of = (...pairs: readonly string[]) =>
    pairs.map((pair) => {
      const [from = '', to = ''] = pair.split('>');
      return { from, to };
    });

  it('are found whatever their length, each once, and a line is none', () => {
    expect(circlesIn(of('a>b', 'b>c'))).toEqual([]);
    expect(circlesIn(of('a>b', 'b>a'))).toEqual([['a', 'b']]);
    expect(circlesIn(of('a>b', 'b>c', 'c>a', 'x>a', 'c>y'))).toEqual([['a', 'b', 'c']]);
    expect(circlesIn(of('a>b', 'b>a', 'c>d', 'd>c', 'b>c'))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(circlesIn(of('a>a'))).toEqual([['a']]);
  });
});

describe('members of a room', () => {
  it.each([
    ['src/gateway/stages/lend.ts', 'src/gateway/stages/forward.ts', 'src/gateway/stages'],
    ['src/gateway/actions/tool-call.ts', 'src/gateway/actions/refresh.ts', 'src/gateway/actions'],
    [
      'src/adapters/tool-server/stdio/peer.ts',
      'src/adapters/tool-server/streamable-http/sse.ts',
      'src/adapters/tool-server',
    ],
    [
      'src/adapters/model-provider/openai/index.ts',
      'src/adapters/model-provider/other/index.ts',
      'src/adapters/model-provider',
    ],
  ])('do not know one another: %s -> %s', (from, to, room) => {
    expect(siblings({ from, to })).toBe(room);
  });

  it.each([
    ['src/gateway/stages/lend.ts', 'src/gateway/attempt.ts'],
    ['src/gateway/stages/lend.ts', 'src/gateway/actions/tool-call.ts'],
    ['src/adapters/tool-server/stdio/peer.ts', 'src/adapters/tool-server/wire/message.ts'],
    ['src/adapters/tool-server/stdio/peer.ts', 'src/adapters/tool-server/stdio/lines.ts'],
  ])('may know what is nobody beside them: %s -> %s', (from, to) => {
    expect(siblings({ from, to })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/index.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { toolServerKind } from '../server-kind.ts';
import { judgeSource, registryKind } from './registry-kind.ts';
import { sourceOf } from './source.ts';

const integrity = `sha512-${'A'.repeat(86)}==`;
const sha256 = 'a'.repeat(64);

function serverOf(connect: JsonObject) {
  const parsed = toolServerKind.parse('s', { connect });
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  return parsed.entry;
}

const npx = (...args: string[]): JsonObject => ({ command: 'npx', args });

function judged(connect: JsonObject, ...specs: JsonObject[]): string {
  const registries = Object.fromEntries(
    specs.map((spec, at) => {
      const parsed = registryKind.parse(`r${at}`, spec);
      if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
      return [`r${at}`, parsed.entry];
    }),
  );
  const tenant = { tenant: 'main', registries } as unknown as TenantSnapshot;
  return judgeSource(tenant, serverOf(connect))?.code ?? 'listed';
}

describe('where a tool server comes from', () => {
  it.each([
    [npx('-y', '@scope/pkg@1.2.3', '--flag'), 'npm:@scope/pkg@1.2.3', 'version'],
    [npx('-y', 'pkg'), 'npm:pkg', 'none'],
    [npx('pkg@latest'), 'command:npx', 'none'],
    [npx('--package', 'other', 'pkg@1.2.3'), 'command:npx', 'none'],
    [
      { command: 'uvx', args: ['mcp-server-time==1.0.0'] },
      'pypi:mcp-server-time==1.0.0',
      'version',
    ],
    [{ command: 'uvx', args: ['mcp-server-time'] }, 'pypi:mcp-server-time', 'none'],
    [{ command: '/opt/mcp/run' }, 'file:/opt/mcp/run', 'none'],
    [{ command: '/opt/mcp/run', package: { sha256 } }, 'file:/opt/mcp/run', 'verified'],
    [{ ...npx('-y', 'pkg@1.2.3'), package: { integrity } }, 'npm:pkg@1.2.3', 'verified'],
    [{ url: 'https://mcp.example.com/a' }, 'https://mcp.example.com/a', 'remote'],
  ])('is read from how it is started: %j', (connect, name, pinned) => {
    expect(sourceOf(serverOf(connect).connect)).toEqual({ name, pinned });
  });

  it.each([
    [{ ...npx('-y', 'pkg'), package: { integrity } }, '`integrity` is of `npx -y NAME@VERSION`'],
    [{ command: 'uvx', args: ['a==1'], package: { integrity } }, '`integrity` is of `npx'],
    [{ command: 'run', package: { sha256 } }, 'with a whole path'],
    [{ command: '/run', package: {} }, 'give `sha256`'],
    [{ command: '/run', package: { sha256, integrity } }, 'give `sha256`'],
    [{ url: 'https://a.example/', package: { sha256 } }, 'with a whole path'],
  ])('cannot be pinned by what does not pin it: %j', (connect, problem) => {
    expect(() => serverOf(connect)).toThrow(problem);
  });
});

describe('a registry', () => {
  const sources = ['npm:@scope/*', 'npm:pkg@1.2.3', 'file:/opt/mcp/*', 'https://mcp.example.com/*'];

  it('lists what may be started and connected to, and refuses everything else [TOL-25]', () => {
    for (const listed of [
      npx('@scope/any'),
      npx('pkg@1.2.3'),
      { command: '/opt/mcp/run' },
      { url: 'https://mcp.example.com/a' },
    ]) {
      expect(judged(listed, { sources })).toBe('listed');
    }
    for (const unlisted of [
      npx('pkg@1.2.4'),
      npx('@scoped/any'),
      { command: '/opt/other' },
      { command: 'run' },
      { url: 'https://mcp.example.com.evil.example/a' },
    ]) {
      expect(judged(unlisted, { sources })).toBe('tools/server-unlisted');
      expect(judged(unlisted)).toBe('listed');
    }
  });

  it('can want pins, and several add up', () => {
    const strict = { sources: [], requirePins: true };
    expect(judged(npx('pkg@1.2.3'), { sources }, strict)).toBe('tools/server-unpinned');
    const pinned = { ...npx('pkg@1.2.3'), package: { integrity } };
    expect(judged(pinned, { sources }, strict)).toBe('listed');
    expect(judged({ url: 'https://mcp.example.com/a' }, { sources }, strict)).toBe('listed');
  });

  it('does not load with a source that means something else than it says', () => {
    for (const source of ['*', 'npm:*pkg', 'git:x', '']) {
      expect(registryKind.parse('r', { sources: [source] }).kind).toBe('problems');
    }
  });
});

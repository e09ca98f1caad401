import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/index.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
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
  return verdictOn(serverOf(connect), ...specs)?.code ?? 'listed';
}

function verdictOn(server: ServerEntry, ...specs: JsonObject[]): Refusal | undefined {
  const registries = Object.fromEntries(
    specs.map((spec, at) => {
      const parsed = registryKind.parse(`r${at}`, spec);
      if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
      return [`r${at}`, parsed.entry];
    }),
  );
  const tenant = { tenant: 'main', registries } as unknown as TenantSnapshot;
  return judgeSource(tenant, server);
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
    [{ command: '/opt//mcp/./run' }, 'file:/opt/mcp/run', 'none'],
    [{ command: './run', cwd: '/opt/mcp/' }, 'file:/opt/mcp/run', 'none'],
    [{ command: './run' }, 'command:./run', 'none'],
    [{ ...npx('pkg@1.2.3'), command: '/usr/bin/npx' }, 'file:/usr/bin/npx', 'none'],
    [
      { ...npx('pkg@1.2.3'), command: '/tmp/npx', package: { sha256 } },
      'file:/tmp/npx',
      'verified',
    ],
    [{ ...npx('-y', 'pkg@1.2.3'), package: { integrity } }, 'npm:pkg@1.2.3', 'verified'],
    [{ url: 'https://mcp.example.com/a' }, 'https://mcp.example.com/a', 'remote'],
  ])('is read from how it is started: %j', (connect, name, pinned) => {
    expect(sourceOf(serverOf(connect).connect)).toEqual({ name, pinned });
  });

  it.each([
    [{ ...npx('-y', 'pkg'), package: { integrity } }, '`integrity` is of `npx -y NAME@VERSION`'],
    [{ command: 'uvx', args: ['a==1'], package: { integrity } }, '`integrity` is of `npx'],
    [{ ...npx('a@1.2.3'), command: '/tmp/npx', package: { integrity } }, '`integrity` is of `npx'],
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

  it.each([
    { command: '/opt/mcp/../../bin/sh' },
    { command: '/opt/mcp/x/..//../../bin/sh' },
    { command: '../../bin/sh', cwd: '/opt/mcp' },
    { command: '/tmp/evil/npx', args: ['-y', '@scope/any@1.0.0'], package: { sha256 } },
    { command: './npx', args: ['-y', '@scope/any@1.0.0'] },
  ])('is not dodged by what is called like a listed one: %j [TOL-25]', (connect) => {
    expect(judged(connect, { sources })).toBe('tools/server-unlisted');
    expect(judged(connect, { sources, requirePins: true })).toBe('tools/server-unlisted');
  });

  it.each([
    ['npm_config_registry', npx('@scope/any@1.0.0')],
    ['NPM_CONFIG_USERCONFIG', { ...npx('pkg@1.2.3'), package: { integrity } }],
    ['UV_INDEX_URL', { command: 'uvx', args: ['a==1.0'] }],
    ['PIP_INDEX_URL', { command: 'uvx', args: ['a==1.0'] }],
    ['NODE_OPTIONS', { command: '/opt/mcp/run' }],
    ['PYTHONUSERBASE', { command: '/opt/mcp/run' }],
    ['PERL5OPT', { command: '/opt/mcp/run' }],
    ['JDK_JAVA_OPTIONS', { command: '/opt/mcp/run' }],
    ['DOTNET_STARTUP_HOOKS', { command: '/opt/mcp/run' }],
    ['GCONV_PATH', { command: '/opt/mcp/run' }],
    ['LD_PRELOAD', { command: '/opt/mcp/run', package: { sha256 } }],
    ['PATH', npx('@scope/any@1.0.0')],
    ['HOME', npx('@scope/any@1.0.0')],
  ])('refuses `%s`, which changes what a listed name stands for [TOL-25]', (name, connect) => {
    const all = { sources: [...sources, 'pypi:*'] };
    expect(judged(connect, all)).toBe('listed');
    const set = { ...connect, environment: { [name]: 'there' } };
    expect(judged(set)).toBe('listed');
    expect(verdictOn(serverOf(set), all)).toMatchObject({
      code: 'tools/server-unlisted',
      message: expect.stringContaining(`\`${name}\``),
    });
    const lent = { kind: 'environment', secret: 's', variable: name } as const;
    const lending = { ...serverOf(connect), credentials: [lent] };
    expect(verdictOn(lending, all)?.code).toBe('tools/server-unlisted');
  });

  it('leaves a program its own home and variables, and a launcher no folder to be started in', () => {
    const own = { HOME: '/data', API_KEY: 'x', HTTPS_PROXY: 'http://proxy.example:3128' };
    expect(judged({ command: '/opt/mcp/run', environment: own, cwd: '/data' }, { sources })).toBe(
      'listed',
    );
    const there = { ...npx('pkg@1.2.3'), cwd: '/tmp/evil' };
    expect(judged(there, { sources })).toBe('tools/server-unlisted');
    // Installed and started by the gateway, from a folder of its own.
    expect(judged({ ...there, package: { integrity } }, { sources })).toBe('listed');
  });

  it('can want pins, and several add up', () => {
    const strict = { sources: [], requirePins: true };
    expect(judged(npx('pkg@1.2.3'), { sources }, strict)).toBe('tools/server-unpinned');
    const pinned = { ...npx('pkg@1.2.3'), package: { integrity } };
    expect(judged(pinned, { sources }, strict)).toBe('listed');
    expect(judged({ url: 'https://mcp.example.com/a' }, { sources }, strict)).toBe('listed');
  });

  it('does not load with a source that means something else than it says', () => {
    for (const source of [
      '*',
      'npm:*pkg',
      'git:x',
      '',
      'file:/opt/../*',
      'command:../x',
      'file:/opt//x',
    ]) {
      expect(registryKind.parse('r', { sources: [source] }).kind).toBe('problems');
    }
  });
});

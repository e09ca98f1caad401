import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { toolServerKind } from '../server-kind.ts';
import { readRequirements, requirementBounds } from './requirements.ts';
import { sourceOf } from './source.ts';

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const compiled = `# by uv
mcp-server-time==1.0.0 \\
    --hash=${hash('a')} \\
    --hash=${hash('b')}
    # via -r in
Some.Part[extra]==2.1 ; python_version < "3.12" \\
    --hash=${hash('c')}
`;

function serverOf(connect: JsonObject) {
  const parsed = toolServerKind.parse('s', { connect });
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  return parsed.entry.connect;
}

const uvx = (name: string, requirements: string): JsonObject => ({
  command: 'uvx',
  args: [name, '--flag'],
  package: { requirements },
});

describe('requirements', () => {
  it('are read as uv writes them, and pin a package of PyPI by content [TOL-25]', () => {
    const connect = serverOf(uvx('mcp-server-time==1.0.0', compiled));
    expect(connect).toMatchObject({
      package: {
        kind: 'pypi',
        name: 'mcp-server-time',
        argumentsFrom: 1,
        requirements: [
          `mcp-server-time==1.0.0 --hash=${hash('a')} --hash=${hash('b')}`,
          `Some.Part[extra]==2.1 ; python_version < "3.12" --hash=${hash('c')}`,
        ],
      },
    });
    expect(sourceOf(connect)).toEqual({ name: 'pypi:mcp-server-time==1.0.0', pinned: 'verified' });
    expect(() => serverOf(uvx('MCP_server.time==1.0.0', compiled))).not.toThrow();
  });

  it.each([
    'a==1.0',
    `a>=1.0 --hash=${hash('a')}`,
    `a==1.* --hash=${hash('a')}`,
    `a==1.0 --hash=sha1:${'a'.repeat(40)}`,
    `a==1.0 --hash=sha256:${'a'.repeat(63)}`,
    `a==1.0 --hash=${hash('a')} --index-url http://evil.example`,
    `a @ https://evil.example/a.whl --hash=${hash('a')}`,
    '--index-url http://evil.example',
    '-r other.txt',
    '-e .',
    './a.whl',
    `a==1.0 ; os_name == "x" ; y --hash=${hash('a')}`,
    `a==1.0 ; $(x) --hash=${hash('a')}`,
  ])('do not load with a line that is not one version by its digests: %s [TOL-25]', (line) => {
    expect(readRequirements(line)).toContain('line 1 is no');
    expect(() => serverOf(uvx('mcp-server-time==1.0.0', `${compiled}\n${line}`))).toThrow('line 3');
  });

  it.each([
    [uvx('mcp-server-time', compiled), 'with a whole version'],
    [uvx('mcp-server-time==1.0.1', compiled), 'no line of `requirements` is of'],
    [uvx('other==1.0.0', compiled), 'no line of `requirements` is of'],
    [{ ...uvx('mcp-server-time==1.0.0', compiled), command: 'npx' }, 'are of `uvx'],
    [{ ...uvx('mcp-server-time==1.0.0', compiled), command: '/tmp/uvx' }, 'are of `uvx'],
    [
      { command: 'uvx', args: ['a==1'], package: { requirements: '', sha256: 'a'.repeat(64) } },
      'give `requirements` alone',
    ],
  ])('are of what is started, and of nothing else: %j', (connect, problem) => {
    expect(() => serverOf(connect)).toThrow(problem);
  });

  it('are bounded', () => {
    const line = (at: number) => `p${at}==1.0 --hash=${hash('a')}`;
    const many = (count: number) =>
      uvx('p0==1.0', Array.from({ length: count }, (_, at) => line(at)).join('\n'));
    expect(() => serverOf(many(requirementBounds.lines))).not.toThrow();
    expect(() => serverOf(many(requirementBounds.lines + 1))).toThrow('too many');
    const long = `p0==1.0 --hash=${hash('a')}${' '.repeat(requirementBounds.characters)}`;
    expect(() => serverOf(uvx('p0==1.0', long))).toThrow();
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CommandInput, parseFlags } from '../command.ts';
import { createOutput } from '../output.ts';
import { serverPhase } from './phase.ts';

const spec = {
  connect: { command: 'files' },
  phase: 'observe',
  tools: { drop: { effect: 'delete', phase: 'observe' }, read: { effect: 'read' } },
};
let bodies: JsonObject[];
let text: string;

beforeEach(() => {
  [bodies, text] = [[], ''];
});

async function phase(...argv: readonly string[]): Promise<void> {
  const input: CommandInput = {
    ...parseFlags(serverPhase, argv),
    out: createOutput('table', (more) => (text += more)),
    request: async (method, _path, body = {}) => {
      if (method === 'GET') return { documents: [{ kind: 'ToolServer', name: 'files', spec }] };
      bodies.push(body);
      return { kind: 'ToolServer', name: 'files', version: 2 };
    },
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  };
  await serverPhase.run(input);
}

describe('server phase', () => {
  it('puts the same document in another phase, with the reason', async () => {
    await phase('files', 'enforce', '--reason', 'a quiet week');
    const reason = 'a quiet week';
    expect(bodies).toEqual([
      { kind: 'ToolServer', name: 'files', spec: { ...spec, phase: 'enforce' }, reason },
    ]);
    expect(text).toContain('files was in phase observe and is in phase enforce');
    expect(text).toContain('tools with another phase of their own: drop (observe)');
  });

  it('changes nothing by a word that is no phase, of no server, or without a reason', async () => {
    await expect(phase('files', 'off', '--reason', 'x')).rejects.toMatchObject({
      message: '`off` is no phase: observe, warn, enforce',
    });
    await expect(phase('gone', 'warn', '--reason', 'x')).rejects.toMatchObject({
      code: 'api/not-found',
    });
    await expect(phase('files', 'warn')).rejects.toMatchObject({ code: 'cli/usage' });
    expect(bodies).toEqual([]);
  });
});

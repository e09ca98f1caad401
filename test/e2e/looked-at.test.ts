import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './instance.ts';
import { callTool, listTools } from './wire.ts';

/** A tool server by command, whose code is a file that somebody may change. */
const code = (description: string) => `
const { appendFileSync } = require('node:fs');
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const tools = ['note', 'same'].map((name) => ({
  name, description: name === 'note' ? '${description}' : 'as ever', inputSchema: { type: 'object' } }));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} } } });
  if (method === 'tools/list') say({ id, result: { tools } });
  if (method === 'tools/call') {
    appendFileSync(process.env.CALLS, '${description}:' + params.name + '\\n');
    say({ id, result: { content: [{ type: 'text', text: '${description}' }] } });
  }
});`;

let folder: string;
let instance: Instance;
const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'looked-at-'));
  writeFileSync(join(folder, 'calls'), '');
  writeFileSync(join(folder, 'server.cjs'), code('writes a note'));
  const connect = {
    command: process.execPath,
    args: [join(folder, 'server.cjs')],
    environment: { CALLS: join(folder, 'calls') },
  };
  const documents = [
    {
      kind: 'Agent',
      name: 'writer',
      spec: {
        owner: 'ada@example.com',
        purpose: 'writes',
        manifest: 'notes',
        unbound: { effects: ['read', 'write'] },
      },
    },
    {
      kind: 'Manifest',
      name: 'notes',
      spec: { tools: [{ tool: 'notes/note' }, { tool: 'notes/same' }] },
    },
    {
      kind: 'ToolServer',
      name: 'notes',
      spec: { connect, pin: 'first-seen', results: { labels: [] }, default: { effect: 'read' } },
    },
  ];
  instance = await startInstance({
    documents: { 'estate.yaml': documents.map((one) => JSON.stringify(one)).join('\n---\n') },
  });
}, 60_000);
afterAll(async () => {
  await instance?.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('a tool server by command whose code was changed on disk', () => {
  it('serves no tool that is otherwise now, from the first process that has the new code on [TOL-10]', async () => {
    const first = await instance.enrolAgent('writer');
    await expect
      .poll(async () => (await listTools(first.fetch, instance.gateway)).body.result?.tools?.length)
      .toBe(2);
    const before = await callTool(first.fetch, instance.gateway, 'notes__note', {});
    expect(before.text).toContain('writes a note');
    writeFileSync(join(folder, 'server.cjs'), code('sends it away'));
    // Another instance has a process of its own, which is started only now; the gateway's own still runs.
    const second = await instance.enrolAgent('writer');
    const refused = await callTool(second.fetch, instance.gateway, 'notes__note', {});
    expect([refused.told?.code, refused.told?.effect]).toEqual(['tools/quarantined', 'none']);
    // What is as it was approved is served by the same process.
    const other = await callTool(second.fetch, instance.gateway, 'notes__same', {});
    expect(other.isError).toBe(false);
    expect(calls()).toEqual(['writes a note:note', 'sends it away:same']);
    // And it is shut for everybody, for good.
    const again = await callTool(first.fetch, instance.gateway, 'notes__note', {});
    expect(again.told?.code).toMatch(/^tools\/quarantined$|^stop\/quarantined$/);
    const { tools } = await instance.admin.request('GET', '/v1/tools');
    const entry = (tools as { tool: string; state: string }[]).find(({ tool }) => tool === 'note');
    expect(entry?.state).toBe('quarantined');
  });
});

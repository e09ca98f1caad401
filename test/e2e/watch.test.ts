import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './instance.ts';

let instance: Instance;
let folder: string;

type Json = Record<string, unknown>;

const documents = `kind: Agent
name: worker
spec: { owner: maria@example.com, purpose: tests, manifest: work }
---
kind: Manifest
name: work
spec: { tools: [{ tool: far/echo }] }
---
kind: ToolServer
name: far
spec: { connect: { url: 'http://127.0.0.1:1/mcp' } }
`;

beforeAll(async () => {
  instance = await startInstance({ documents: { 'all.yaml': documents } });
  folder = join(instance.folder, 'documents');
}, 60_000);

afterAll(() => instance?.remove());

/** A look at the folder, a compilation, and a machine that others use as well. */
async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const value = await ask();
    if (holds(value)) return value;
    if (tries > 1_000) throw new Error(`it did not come true: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const status = (): Promise<Json> => instance.admin.request('GET', '/v1/status');

async function configuration(): Promise<Json> {
  const { readiness } = await status();
  return (readiness as Json[]).find(({ item }) => item === 'configuration') ?? {};
}

const agents = async () => {
  const answer: Json = await instance.admin.request('GET', '/v1/agents');
  return (answer['agents'] as Json[]).map(({ name }) => name);
};

const gatewaysAt = async () => {
  const { snapshot, gatewayHealth } = await status();
  const { number } = snapshot as Json;
  return (gatewayHealth as Json[]).every(({ configuration: at }) => at === number);
};

const second = documents.slice(0, documents.indexOf('---')).replace('worker', 'second');

describe('documents that are written while it runs', () => {
  it('come into force by themselves, at the gateway too, and go with their file', async () => {
    writeFileSync(join(folder, 'more.yaml'), second);
    expect(await until(agents, (all) => all.length === 2)).toEqual(['second', 'worker']);
    expect(await until(gatewaysAt, (at) => at)).toBe(true);
    rmSync(join(folder, 'more.yaml'));
    await until(agents, (all) => all.length === 1);
  });

  it('of which one is broken change nothing; status is red with file and line until it is mended', async () => {
    const before = (await status())['snapshot'];
    writeFileSync(join(folder, 'more.yaml'), second.replace('owner:', 'ownr:'));
    const red = await until(configuration, ({ state }) => state === 'red');
    expect(red['why']).toMatch(/more\.yaml:3: .*unknown key `ownr`; did you mean `owner`\?/);
    expect((await status())['snapshot']).toEqual(before);
    expect(instance.output()).not.toContain('ended');
    // Whole at once, as editors write: a file that is read while it is being written holds less.
    writeFileSync(join(folder, '.beside'), second);
    renameSync(join(folder, '.beside'), join(folder, 'more.yaml'));
    await until(configuration, ({ state }) => state === 'green');
    expect(await agents()).toEqual(['second', 'worker']);
  });

  it('whose rules do not fit the tools are refused at their line in the file, and the last ones stay', async () => {
    const cedar =
      'permit(principal, action == Action::"far/echo", resource)\n    when { nonsense };';
    const text = `kind: Policy\nname: sums\nspec:\n  cedar: |\n    ${cedar}\n`;
    writeFileSync(join(folder, '.beside'), text);
    renameSync(join(folder, '.beside'), join(folder, 'policy.yaml'));
    const red = await until(configuration, ({ state }) => state === 'red');
    expect(red['why']).toMatch(/policy\.yaml:6:\d+: policy sums:2: /);
    rmSync(join(folder, 'policy.yaml'));
    await until(configuration, ({ state }) => state === 'green');
  });

  it('that are all gone at once are taken for a mistake', async () => {
    const text = readFileSync(join(folder, 'all.yaml'));
    const others = readFileSync(join(folder, 'more.yaml'));
    rmSync(join(folder, 'all.yaml'));
    rmSync(join(folder, 'more.yaml'));
    const red = await until(configuration, ({ state }) => state === 'red');
    expect(red['why']).toContain('holds no document any more');
    expect(await agents()).toEqual(['second', 'worker']);
    writeFileSync(join(folder, 'all.yaml'), text);
    writeFileSync(join(folder, 'more.yaml'), others);
    await until(configuration, ({ state }) => state === 'green');
  });
});

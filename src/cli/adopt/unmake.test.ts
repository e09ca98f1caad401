import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { ControlProblem } from '../../../sdk/index.ts';
import { textOf } from '../output.ts';
import { findKept, keep, type Kept } from './kept.ts';
import { makeDocument } from './make.ts';
import { undo } from './undo.ts';
import { unmake } from './unmake.ts';

/** A control program that keeps documents and secrets, and does not always answer. */
class Control {
  readonly documents = new Map<string, JsonObject>();
  readonly secrets = new Map<string, number>();
  /** What it does and then does not say. */
  silent = new Set<string>();
  refused = new Set<string>();

  readonly request = async (method: string, path: string, body: JsonObject = {}) => {
    await Promise.resolve();
    if (path.startsWith('/v1/documents?') && method === 'GET') return { documents: this.#listed() };
    if (path.startsWith('/v1/secrets?')) {
      return { secrets: [...this.secrets].map(([name, version]) => ({ name, version })) };
    }
    const [, , what, kind, name] = path.split('/');
    const key = path === '/v1/documents' ? `${textOf(body['kind'])} ${textOf(body['name'])}` : '';
    if (this.refused.has(key)) throw problem(400, 'config/invalid');
    if (key !== '') this.documents.set(key, body['spec'] as JsonObject);
    else if (what === 'documents') this.documents.delete(`${kind} ${name}`);
    else this.secrets.delete(String(kind));
    if (this.silent.has(key)) throw problem(503, 'cli/not-running');
    return {};
  };

  #listed() {
    return [...this.documents].map(([key, spec]) => {
      const [kind = '', name = ''] = key.split(' ');
      return { kind, name, spec, digest: sha256Hex(canonicalText(spec)) };
    });
  }
}

function problem(status: number, code: string): ControlProblem {
  return new ControlProblem(status, { code, message: code, suggestedAction: 'look' });
}

let folder: string;
let file: string;
let control: Control;
let kept: Kept;

const makeOne = (name: string, spec: JsonObject, before?: JsonObject) =>
  makeDocument(
    { request: control.request, kept, say: () => undefined, waitMs: 1 },
    { kind: before === undefined ? 'ToolServer' : 'Manifest', name, spec, before },
  );
const noted = () => findKept(folder, file)[0];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-kept-'));
  file = join(folder, 'mcp.json');
  writeFileSync(file, '{"mcpServers":{}}');
  control = new Control();
  kept = keep(folder, file, Buffer.from('{"mcpServers":{}}'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the notes of an adoption', () => {
  it('hold what control made without an answer, so that the way back finds it', async () => {
    control.silent.add('ToolServer a');
    await expect(makeOne('a', { x: 1 })).rejects.toMatchObject({ code: 'cli/not-running' });
    expect(noted()?.made).toMatchObject([{ name: 'a', isSure: false }]);
    const done = await undo(noted() as Kept, { request: control.request, isForced: false });
    expect([done.stays, control.documents.size, noted()]).toEqual([[], 0, undefined]);
  });

  it('forget what was clearly refused', async () => {
    control.refused.add('ToolServer a');
    await expect(makeOne('a', { x: 1 })).rejects.toMatchObject({ code: 'config/invalid' });
    await makeOne('b', { x: 1 });
    expect(noted()?.made).toMatchObject([{ name: 'b', isSure: true }]);
  });

  it('stay open while something stays, and the file is not touched a second time', async () => {
    await makeOne('a', { x: 1 });
    await makeOne('m', { tools: ['new'] }, { tools: ['old'] });
    control.documents.set('ToolServer a', { x: 2 });
    const back = () => undo(noted() as Kept, { request: control.request, isForced: false });
    expect((await back()).stays).toEqual(['ToolServer a: it was changed since']);
    expect(control.documents.get('Manifest m')).toEqual({ tools: ['old'] });
    writeFileSync(file, 'edited after');
    expect((await back()).stays).toEqual(['ToolServer a: it was changed since']);
    const forced = await undo(noted() as Kept, { request: control.request, isForced: true });
    expect([forced.stays, forced.aside, control.documents.has('ToolServer a')]).toEqual([
      [],
      undefined,
      false,
    ]);
    expect(noted()).toBeUndefined();
  });

  it('take secrets out, but none that was rotated since', async () => {
    control.secrets.set('a', 1).set('b', 2).set('other', 1);
    const secrets = ['a', 'b', 'never-put'];
    const stays = await unmake(control.request, { made: [], secrets });
    expect(stays).toEqual(['secret b: it was changed since']);
    expect([...control.secrets.keys()]).toEqual(['b', 'other']);
    expect(await unmake(control.request, { made: [], secrets }, true)).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { cell, objects, textOf } from '../output.ts';
import { type ClientEntry, type ClientFile, readClientFile, withServers } from './client-file.ts';
import { replaceFile, keep, note, type Kept } from './kept.ts';
import {
  type HeldTool,
  makeDocument,
  type Making,
  moveSecrets,
  nothingApproved,
  nothingShown,
  pinAll,
} from './make.ts';
import type { LeftOne, Plan, Planned } from './plan.ts';
import { secretsIn } from './plan.ts';
import { unmake } from './unmake.ts';
import { everyOf } from '../every-of.ts';

export interface Adoption {
  readonly path: string;
  readonly bytes: Buffer;
  readonly file: ClientFile;
  readonly plan: Plan;
  readonly agent: string;
  readonly owner: string;
  readonly home: string;
  /** The member of the client's file that starts the bridge. */
  readonly bridge: { readonly name: string; readonly value: JsonObject };
}

export interface Adopted {
  readonly kept: Kept;
  readonly tools: readonly string[];
  readonly adopted: readonly Planned[];
  readonly left: readonly LeftOne[];
  /** Tools of what is adopted that nobody may call before a person has looked at them. */
  readonly held: readonly HeldTool[];
  readonly comments: Plan['comments'];
}

const usualToolLimit = 128;

type Parts = Omit<Making, 'kept'>;

/** All of it, or nothing: what fails takes back what was made, and the client's file stays as it was. */
export async function adopt(adoption: Adoption, parts: Parts): Promise<Adopted> {
  const kept = keep(adoption.home, adoption.path, adoption.bytes);
  const making = { ...parts, kept };
  try {
    return await run(adoption, making);
  } catch (fault) {
    await takeBack(adoption.path, making);
    throw fault;
  }
}

/** INVARIANT: only what was surely taken back is forgotten; the notes of all else stay for `--undo`. */
async function takeBack(path: string, { request, kept, say }: Making): Promise<void> {
  const stays = await unmake(request, kept).catch(() => ['what was made: control does not answer']);
  const open = kept.made.filter(({ isSure }) => !isSure).map(({ kind, name }) => `${kind} ${name}`);
  kept.undone = stays.length === 0 && open.length === 0;
  note(kept);
  for (const one of stays) say(`  could not take back ${one}`);
  if (open.length > 0) say(`  asked for without an answer: ${open.join(', ')}`);
  if (!kept.undone) say(`  once control answers: bailiwick adopt ${path} --undo`);
}

async function run(adoption: Adoption, making: Making): Promise<Adopted> {
  const { plan, file, path, agent, owner, bridge } = adoption;
  const { kept, say } = making;
  const tools: string[] = [];
  const adopted: Planned[] = [];
  const held: HeldTool[] = [];
  const left = [...plan.left];
  await moveSecrets(making, plan.servers);
  for (const { server: name, spec } of plan.servers) {
    say(`${name}: starting it`);
    await makeDocument(making, { kind: 'ToolServer', name, spec });
  }
  const shown = await Promise.all(plan.servers.map(({ server }) => pinAll(making, server)));
  for (const [at, one] of plan.servers.entries()) {
    const found = shown[at] ?? { pinned: [], held: [] };
    if (found.pinned.length + found.held.length === 0) left.push(await leave(one, making));
    else adopted.push(one);
    tools.push(...found.pinned);
    held.push(...found.held);
  }
  if (adopted.length === 0) throw nothingShown(plan.servers.map(({ server }) => server));
  if (tools.length === 0) throw nothingApproved(held);
  await admit(making, agent, owner, tools);
  const kinds = new Set(left.map(({ entry }) => entry.name));
  const stays = file.entries.filter(({ name }) => kinds.has(name) && name !== bridge.name);
  const text = withServers(file, stays, {
    name: bridge.name,
    text: JSON.stringify(bridge.value, null, 2),
  });
  await verify(making, adopted, readClientFile(Buffer.from(text)), stays);
  if (sha256Hex(readFileSync(path)) !== kept.original) throw changedMeanwhile(path);
  kept.rewritten = sha256Hex(Buffer.from(text));
  note(kept);
  replaceFile(path, Buffer.from(text), kept.mode);
  return { kept, tools, adopted, left, held, comments: plan.comments };
}

/** A server that shows nothing stays with its client: taken out here, and told. */
async function leave({ entry, server, moved }: Planned, making: Making): Promise<LeftOne> {
  const { kept, request, say } = making;
  const why = await whyNothing(server, making);
  const at = kept.made.findIndex(({ kind, name }) => kind === 'ToolServer' && name === server);
  const secrets = moved.map(({ secret }) => secret);
  const stays = await unmake(request, { made: kept.made.slice(at, at + 1), secrets });
  for (const one of stays) say(`  could not take back ${one}`);
  if (stays.length === 0) {
    kept.made.splice(at, 1);
    for (const secret of secrets) kept.secrets.splice(kept.secrets.indexOf(secret), 1);
    note(kept);
  }
  return { entry, why, secrets: await secretsIn(entry.value, request) };
}

/** As the gateways tell it, asked before the server is taken out again. */
async function whyNothing(server: string, { request }: Making): Promise<string> {
  const seen = await request('GET', `/v1/servers/${encodeURIComponent(server)}`);
  const known = textOf(seen['why']);
  const because = known === '' ? '' : ` (${cell(known, 200)})`;
  return `it showed no tools here${because}; start it by hand, or look with \`bailiwick server add\``;
}

/** One manifest that lists every tool, and the agent that has it. What is there already is added to. */
async function admit(making: Making, agent: string, owner: string, tools: readonly string[]) {
  const all = objects((await everyOf(making.request, '/v1/documents', 'documents'))['documents']);
  const named = (kind: string, name: string) =>
    all.find((one) => one['kind'] === kind && one['name'] === name)?.['spec'] as
      | JsonObject
      | undefined;
  const known = named('Agent', agent);
  const manifest = known === undefined ? agent : textOf(known['manifest']);
  const before = named('Manifest', manifest);
  const listed = objects(before?.['tools']);
  const missing = tools.filter((tool) => !listed.some((one) => one['tool'] === tool));
  const grants = { ...before, tools: [...listed, ...missing.map((tool) => ({ tool }))] };
  await makeDocument(making, { kind: 'Manifest', name: manifest, spec: grants, before });
  if (known !== undefined) return;
  const spec = {
    owner,
    purpose: `what ${agent} was configured for before it was adopted`,
    manifest,
    ...(tools.length > usualToolLimit ? { toolLimit: Math.min(tools.length, 10_000) } : {}),
  };
  await makeDocument(making, { kind: 'Agent', name: agent, spec });
}

/**
 * [CRD-21] INVARIANT: before the client's file is touched, every secret that was found is in the
 * vault, and the scanner finds none in what was written instead.
 */
async function verify(
  { request }: Making,
  adopted: readonly Planned[],
  file: ClientFile,
  stays: readonly ClientEntry[],
): Promise<void> {
  const vault = objects((await everyOf(request, '/v1/secrets', 'secrets'))['secrets']).map(
    ({ name }) => name,
  );
  const moved = adopted.flatMap((one) => one.moved);
  const lost = moved.find(({ secret }) => !vault.includes(secret));
  if (lost !== undefined) throw notMoved(`${lost.secret} is not in the vault`);
  for (const { server, spec } of adopted) {
    const { connect } = spec;
    const [found] = await secretsIn(connect as JsonObject, request);
    if (found !== undefined) throw notMoved(`\`${found}\` of ${server} still looks like a secret`);
  }
  const fresh = file.entries.filter(({ name }) => !stays.some((one) => one.name === name));
  for (const { value } of fresh) {
    const [found] = await secretsIn(value, request);
    if (found !== undefined) throw notMoved(`\`${found}\` of the new entry looks like a secret`);
  }
  const texts = [
    ...adopted.map(({ spec }) => JSON.stringify(spec)),
    ...fresh.map(({ value }) => JSON.stringify(value)),
  ];
  const seen = moved.find(({ value }) => texts.some((text) => text.includes(value)));
  if (seen !== undefined)
    throw notMoved(`the value of ${seen.secret} still stands in what was written`);
}

function notMoved(what: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `the move could not be verified: ${cell(what, 200)}; nothing was changed`,
    suggestedAction: 'move that value by hand (`bailiwick secret set`), then adopt again',
  });
}

function changedMeanwhile(path: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `${path} was changed while it was adopted; nothing was changed by us`,
    suggestedAction: 'close the client, then adopt again',
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CommandInput } from '../command.ts';
import { objects, textOf } from '../output.ts';
import { type Kept, type Made, note } from './kept.ts';
import type { Planned } from './plan.ts';
import { everyOf } from '../every-of.ts';

export interface Making {
  readonly request: CommandInput['request'];
  readonly kept: Kept;
  readonly say: (line: string) => void;
  /** How long a server may take until it shows its tools: the first start of some downloads them. */
  readonly waitMs: number;
}

const reason = 'bailiwick adopt';

interface ToMake {
  readonly kind: 'ToolServer' | 'Manifest' | 'Agent';
  readonly name: string;
  readonly spec: JsonObject;
  /** What it takes the place of. */
  readonly before?: JsonObject | undefined;
}

/**
 * INVARIANT: what is about to be made is noted first, so that nothing made is ever forgotten; only a
 * clear no takes it out of the notes again.
 */
export async function makeDocument(
  { request, kept }: Making,
  { kind, name, spec, before }: ToMake,
): Promise<void> {
  const made: Made = { kind, name, digest: digestOf(spec), before, isSure: false };
  kept.made.push(made);
  note(kept);
  try {
    await request('POST', '/v1/documents', { kind, name, spec, reason });
    made.isSure = true;
  } catch (fault) {
    if (isClearNo(fault)) kept.made.splice(kept.made.indexOf(made), 1);
    throw fault;
  } finally {
    note(kept);
  }
}

function digestOf(spec: JsonObject): string {
  return sha256Hex(canonicalText(spec));
}

/** Who did not answer, or failed, may have done it all the same. */
function isClearNo(fault: unknown): boolean {
  return fault instanceof Error && 'status' in fault && Number(fault.status) < 500;
}

export async function moveSecrets({ request, kept }: Making, servers: readonly Planned[]) {
  const all = servers.flatMap(({ moved }) => moved);
  kept.secrets.push(...all.map(({ secret }) => secret));
  note(kept);
  await together(all, async ({ secret, value }) => {
    await request('PUT', `/v1/secrets/${encodeURIComponent(secret)}`, { value, reason });
  });
}

/** A tool that a person has to look at before anybody may call it. */
export interface HeldTool {
  readonly tool: string;
  readonly why: string;
  /** What the person is to say, once it was read. */
  readonly next: string;
}

export interface Shown {
  readonly pinned: readonly string[];
  readonly held: readonly HeldTool[];
}

/** What it shows, each definition approved as it was seen; what is not approved is told with its reason. */
export async function pinAll(making: Making, server: string): Promise<Shown> {
  const shown = await shownTools(making, server);
  if (shown.length > 0)
    making.say(`  ${server}: ${shown.length} tools, to be approved as they are`);
  const path = `/v1/tools/${encodeURIComponent(server)}/approve`;
  const pinned: string[] = [];
  const held: HeldTool[] = [];
  for (let at = 0; at < shown.length; at += mostApproved) {
    const tools = shown.slice(at, at + mostApproved);
    const done = await making.request('POST', path, { tools, reason });
    // INVARIANT: what a person has to look at is left to a person; only that is passed over.
    for (const one of objects(done['left'])) {
      const left = heldTool(server, one);
      held.push(left);
      making.say(`  ${left.tool} is not approved, and not in the manifest: ${left.why}`);
    }
    const approved = Array.isArray(done['approved']) ? done['approved'] : [];
    pinned.push(...approved.map((tool) => `${server}/${textOf(tool)}`));
  }
  return { pinned: pinned.sort(), held };
}

function heldTool(server: string, { tool, code, why }: JsonObject): HeldTool {
  const name = `${server}/${textOf(tool)}`;
  const accept = code === 'tools/unread-findings' ? ' --accept-findings' : '';
  const next = `bailiwick tool diff ${name}, then bailiwick tool approve ${name}${accept}`;
  return { tool: name, why: textOf(why), next };
}

/** So many definitions go into one act. */
const mostApproved = 1_000;

/** Acts that come at once are put into force by one configuration, so they are not asked one by one. */
const atOnce = 24;

async function together<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += atOnce) {
    await Promise.all(all.slice(at, at + atOnce).map(act));
  }
}

const askAgainMs = 300;
/** Each look is on record, so a server that takes long is looked at less and less often. */
const slowestMs = 5_000;
const slower = 1.5;
const tellAfterMs = 5_000;
/** A list that did not change so often is whole. */
const timesTheSame = 2;

async function shownTools({ request, waitMs, say }: Making, server: string) {
  const until = Date.now() + waitMs;
  let last = '';
  let same = 0;
  let isTold = false;
  let askMs = askAgainMs;
  for (;;) {
    const answer = await everyOf(
      request,
      `/v1/tools?server=${encodeURIComponent(server)}`,
      'tools',
    );
    const tools = objects(answer['tools']).flatMap((one) => {
      const digest = one['observedDigest'] ?? one['pinnedDigest'];
      return typeof digest === 'string' ? [{ tool: textOf(one['tool']), digest }] : [];
    });
    const now = tools.map(({ tool, digest }) => `${tool} ${digest}`).join('\n');
    same = now !== '' && now === last ? same + 1 : 0;
    last = now;
    if (same >= timesTheSame) return tools;
    if (Date.now() > until) return tools;
    if (!isTold && now === '' && Date.now() - until + waitMs > tellAfterMs) {
      isTold = true;
      say(`  ${server}: waiting for its tools (its first start may download it)`);
    }
    askMs = now === '' ? Math.min(askMs * slower, slowestMs) : askAgainMs;
    await pause(Math.min(askMs, Math.max(until - Date.now(), askAgainMs)));
  }
}

/** Every server showed something, and a person has to look at all of it. */
export function nothingApproved(held: readonly HeldTool[]): BailiwickError {
  const [first] = held;
  const told = held.map(({ tool, why }) => `${tool} (${why})`).join(', ');
  return new BailiwickError('cli/usage', {
    message: `no tool could be approved: ${told.slice(0, 1_000)}; nothing was changed`,
    suggestedAction: `read them one by one: connect the server with \`bailiwick server add\`, then ${first?.next ?? ''}`,
  });
}

export function nothingShown(servers: readonly string[]): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `no server showed a tool: ${servers.join(', ')}; nothing was changed`,
    suggestedAction: 'see that their commands run here, or wait longer: --wait SECONDS',
  });
}

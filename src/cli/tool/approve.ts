import type { Json, JsonObject } from '#kernel/json/value.ts';
import {
  reasonIfAny,
  reasonOf,
  textFlag,
  usage,
  word,
  type Command,
  type CommandInput,
} from '../command.ts';
import { cell, objects, table, textOf, whole } from '../output.ts';
import { toolPath } from './commands.ts';
import { everyOf } from '../every-of.ts';

export const toolApprove: Command = {
  name: 'tool approve',
  summary:
    'Approves the definition that a tool shows now, or all that wait of a server. Look at `tool diff` first.',
  words: 'SERVER/TOOL | SERVER --all',
  flags: {
    digest: {
      type: 'string',
      value: 'SHA256',
      help: 'approve only this very definition (12 characters or more of it)',
    },
    all: { type: 'boolean', help: 'every tool of the server that waits, after showing them' },
    yes: { type: 'boolean', help: 'with --all: do not ask' },
    'accept-findings': {
      type: 'boolean',
      help: 'its serious findings were read, and it is wanted all the same',
    },
    reason: reasonIfAny,
  },
  examples: [
    'bailiwick tool approve billing/create_refund --digest 5f0c1a2b3c4d',
    'bailiwick tool approve files --all',
  ],
  run: (input) => (input.flags['all'] === true ? approveAll(input) : approveOne(input)),
};

async function approveOne(input: CommandInput): Promise<number> {
  const path = toolPath(toolApprove, input);
  const seen = await input.request('GET', path);
  const answer = await approve(input, path, shownDigest(toolApprove, input, seen));
  const name = `${cell(answer['server'])}/${cell(answer['tool'])}`;
  const applied = answer['inForce'] !== false;
  input.out.print(answer, () =>
    applied ? `${name} is approved` : approvedOnly(`${name} is approved`, answer['problems']),
  );
  return applied ? 0 : 1;
}

function approve(input: CommandInput, path: string, digest: string): Promise<JsonObject> {
  const accepted = input.flags['accept-findings'] === true ? { acceptFindings: true } : {};
  return input.request('POST', `${path}/approve`, { digest, ...accepted, ...reasonOf(input) });
}

/** What is shown is enough to say which one is meant; what it means is the whole of it. */
export function shownDigest(command: Command, input: CommandInput, seen: JsonObject): string {
  const shown = textOf(seen['observedDigest'] ?? seen['pinnedDigest']);
  if (shown === '') throw usage(command, 'there is no definition of it');
  const given = textFlag(input, 'digest')?.replace(/\u2026$/, '');
  if (given === undefined) return shown;
  if (!/^[0-9a-f]{12,64}$/.test(given)) {
    throw usage(command, '`--digest` takes 12 to 64 of the characters 0-9 and a-f');
  }
  // Another definition by now: asked whole, it is refused where the yes is given, and told why.
  return shown.startsWith(given) ? shown : given.padEnd(64, '0');
}

/** INVARIANT: what is approved is what was shown, by digest; what changed in between is left and told. */
async function approveAll(input: CommandInput): Promise<number> {
  const server = word(toolApprove, input, 0, 'SERVER');
  if (server.includes('/')) throw usage(toolApprove, '`--all` takes a server, not a tool');
  if (textFlag(input, 'digest') !== undefined) {
    throw usage(toolApprove, 'give `--all` or `--digest`, not both');
  }
  // Findings are read one definition at a time.
  if (input.flags['accept-findings'] === true) {
    throw usage(toolApprove, 'give `--all` or `--accept-findings`, not both');
  }
  const waiting = await waitingOf(input, server);
  if (waiting.length === 0) {
    const none = { server, approved: [], left: [] };
    input.out.print(none, () => `no tool of ${cell(server)} waits for approval`);
    return 0;
  }
  input.note(`${listText(waiting)}\n`);
  if (input.flags['yes'] !== true && !(await agrees(input, waiting.length))) {
    input.note('nothing was approved\n');
    return 1;
  }
  return approveShown(input, server, waiting);
}

/** Tools that changed after somebody approved them are looked at one by one. */
async function waitingOf(input: CommandInput, server: string): Promise<readonly JsonObject[]> {
  const answer = await everyOf(
    input.request,
    `/v1/tools?server=${encodeURIComponent(server)}`,
    'tools',
  );
  return objects(answer['tools']).filter(({ state }) => state === 'waiting');
}

function listText(waiting: readonly JsonObject[]): string {
  return table(
    ['TOOL', 'EFFECT', 'DIGEST', 'DESCRIPTION'],
    waiting.map(({ tool, effect, observedDigest, description }) => [
      whole(tool),
      cell(effect),
      cell(observedDigest, 12),
      cell(description, 100),
    ]),
  );
}

async function agrees(input: CommandInput, count: number): Promise<boolean> {
  if (input.ask === undefined) {
    throw usage(toolApprove, 'nobody can be asked here; look at the list and say `--yes`');
  }
  const answer = await input.ask(`approve these ${count} definitions? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

/** So many definitions go into one act. */
const mostAtOnce = 1_000;

async function approveShown(
  input: CommandInput,
  server: string,
  shown: readonly JsonObject[],
): Promise<number> {
  const approved: Json[] = [];
  const left: JsonObject[] = [];
  const problems: Json[] = [];
  const path = `/v1/tools/${encodeURIComponent(server)}/approve`;
  for (let at = 0; at < shown.length; at += mostAtOnce) {
    const tools = shown
      .slice(at, at + mostAtOnce)
      .map(({ tool, observedDigest }) => ({ tool: textOf(tool), digest: textOf(observedDigest) }));
    const done = await input.request('POST', path, { tools, ...reasonOf(input) });
    approved.push(...listOf(done['approved']));
    left.push(...objects(done['left']));
    if (done['inForce'] === false) problems.push(...listOf(done['problems']));
  }
  const answer = { server, approved, left, inForce: problems.length === 0 };
  input.out.print(answer, () => {
    const head = `${approved.length} tools of ${cell(server)} are approved`;
    const kept = left.map(({ tool, why }) => `  left: ${whole(tool)}: ${whole(why)}`);
    return [problems.length === 0 ? head : approvedOnly(head, problems), ...kept].join('\n');
  });
  return left.length === 0 && problems.length === 0 ? 0 : 1;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The yes stands; what is in force is the configuration before it. */
function approvedOnly(name: string, problems: Json | undefined): string {
  const lines = (Array.isArray(problems) ? problems : []).map((one) => `  ${whole(one)}`);
  const head = `${name}; the configuration could not be applied, the last one stays in force:`;
  return [head, ...lines].join('\n');
}

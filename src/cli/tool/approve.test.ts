import { beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CommandInput, parseFlags } from '../command.ts';
import { createOutput } from '../output.ts';
import { toolApprove } from './approve.ts';

const digest = (letter: string) => letter.repeat(64);

interface Tool {
  digest: string;
  state: string;
}

/** A control with three tools of one server; it says yes to a digest only while the tool shows it. */
let tools: Map<string, Tool>;
let approved: [string, unknown][];
/** Requests that approve. */
let acts: number;
let inForce: boolean;
let problems: string[];
let said: string;
let noted: string;
/** What happens while the person reads the list. */
let meanwhile: () => void;

beforeEach(() => {
  tools = new Map([
    ['read', { digest: digest('a'), state: 'waiting' }],
    ['write', { digest: digest('b'), state: 'waiting' }],
    ['kept', { digest: digest('c'), state: 'pinned' }],
    ['changed', { digest: digest('d'), state: 'quarantined' }],
  ]);
  approved = [];
  [acts, inForce, problems] = [0, true, []];
  said = '';
  noted = '';
  meanwhile = () => undefined;
});

function request(method: string, path: string, body?: JsonObject): JsonObject {
  const [, , , , name = ''] = path.split('/');
  const tool = tools.get(decodeURIComponent(name));
  if (method === 'GET' && tool !== undefined) return { observedDigest: tool.digest };
  if (method === 'GET') {
    const shown = [...tools].map(([one, { digest: seen, state }]) => ({
      server: 'files',
      tool: one,
      state,
      effect: 'write',
      observedDigest: seen,
      description: `does ${one}\u001b[2J`,
    }));
    return { tools: shown };
  }
  if (body?.['tools'] !== undefined)
    return yesToAll(body['tools'] as { tool: string; digest: string }[]);
  if (tool?.digest !== body?.['digest']) {
    throw new BailiwickError('store/conflict', { message: 'shows another definition by now' });
  }
  approved.push([name, body?.['digest']]);
  return { server: 'files', tool: name, inForce: true, problems: [] };
}

/** One act: what shows another definition by now is left. */
function yesToAll(asked: readonly { tool: string; digest: string }[]): JsonObject {
  acts += 1;
  const isShown = ({ tool, digest: of }: { tool: string; digest: string }) =>
    tools.get(tool)?.digest === of;
  const yes = asked.filter(isShown);
  approved.push(...yes.map(({ tool, digest: of }): [string, unknown] => [tool, of]));
  const left = asked
    .filter((one) => !isShown(one))
    .map(({ tool }) => ({ tool, code: 'store/conflict', why: 'shows another definition by now' }));
  return { server: 'files', approved: yes.map(({ tool }) => tool), left, inForce, problems };
}

async function run(argv: string, answer?: string): Promise<number> {
  const input: CommandInput = {
    ...parseFlags(toolApprove, argv.split(' ')),
    out: createOutput('table', (text) => (said += text)),
    request: async (method, path, body) => request(method, path, body),
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: (text) => (noted += text),
    ask:
      answer === undefined
        ? undefined
        : async () => {
            meanwhile();
            return answer;
          },
  };
  return (await toolApprove.run(input)) ?? 0;
}

describe('approving all tools of a server that wait', () => {
  it('shows them, asks, and approves what was shown by its digest [TOL-10]', async () => {
    expect(await run('files --all', 'y')).toBe(0);
    expect(approved).toEqual([
      ['read', digest('a')],
      ['write', digest('b')],
    ]);
    expect(noted).toMatch(/read +write +a{12}… +does read/);
    expect(noted).not.toContain('\u001b');
    expect(noted).not.toContain('changed');
    expect(said).toBe('2 tools of files are approved\n');
    expect(acts).toBe(1);
  });

  it('says when the yes stands and is not in force', async () => {
    [inForce, problems] = [false, ['policy.yaml:3 knows no such tool']];
    expect(await run('files --all --yes')).toBe(1);
    expect(said).toContain('the last one stays in force:\n  policy.yaml:3 knows no such tool');
  });

  it('leaves a tool that changed while the list was read, and says so', async () => {
    meanwhile = () => tools.set('read', { digest: digest('e'), state: 'waiting' });
    expect(await run('files --all', 'yes')).toBe(1);
    expect(approved).toEqual([['write', digest('b')]]);
    expect(said).toContain('left: read: shows another definition by now');
  });

  it('approves nothing when the answer is no, or when nobody can be asked', async () => {
    expect(await run('files --all', '')).toBe(1);
    await expect(run('files --all')).rejects.toMatchObject({ code: 'cli/usage' });
    expect(approved).toEqual([]);
    expect(await run('files --all --yes')).toBe(0);
    expect(approved).toHaveLength(2);
  });

  it('does not guess what is meant', async () => {
    for (const argv of ['files/read --all --yes', `files --all --digest ${digest('a')}`]) {
      await expect(run(argv, 'y')).rejects.toMatchObject({ code: 'cli/usage' });
    }
  });
});

describe('approving one tool by digest', () => {
  it('takes the 12 characters that are shown, and more of them', async () => {
    expect(await run(`files/read --digest ${'a'.repeat(12)}`)).toBe(0);
    expect(await run(`files/read --digest ${'a'.repeat(11)}…`).catch(() => 4)).toBe(4);
    expect(await run(`files/read --digest ${digest('a')}`)).toBe(0);
    expect(approved).toHaveLength(2);
  });

  it('refuses fewer, and approves nothing that begins otherwise', async () => {
    await expect(run('files/read --digest aaaaaaaaaaa')).rejects.toMatchObject({
      code: 'cli/usage',
    });
    await expect(run(`files/read --digest ${'b'.repeat(12)}`)).rejects.toMatchObject({
      code: 'store/conflict',
    });
    expect(approved).toEqual([]);
  });
});

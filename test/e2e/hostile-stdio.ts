import type { Misbehaviour } from './hostile-answers.ts';

interface StdioMisbehaviour {
  readonly does: string;
  readonly told: Misbehaviour['told'];
  readonly spoilsNext?: true;
}

/** What a tool server by command does instead of answering, by the word that it is asked with. */
export const stdioMisbehaviours: Readonly<Record<string, StdioMisbehaviour>> = {
  silent: { does: '', told: ['unknown'] },
  exits: { does: 'process.exit(7)', told: ['unknown'] },
  killed: { does: `process.kill(process.pid, 'SIGKILL')`, told: ['unknown'] },
  half: {
    does: `process.stdout.write(JSON.stringify(whole(id)).slice(0, 20), () => process.exit(1))`,
    told: ['unknown'],
  },
  unended: {
    does: 'process.stdout.write(JSON.stringify(whole(id)))',
    told: ['unknown'],
    // The next answer stands in the same line, and is lost with it.
    spoilsNext: true,
  },
  deaf: { does: 'process.stdout.destroy(); require("node:fs").closeSync(1)', told: ['unknown'] },
  other: { does: 'say(whole(id + 7))', told: ['unknown'] },
  texted: { does: 'say(whole(`${id}`))', told: ['unknown'] },
  nobody: { does: 'say(whole(null))', told: ['unknown'] },
  list: { does: 'say([whole(id)])', told: ['unknown'] },
  both: { does: `say({ ...whole(id), error: { code: 1, message: 'no' } })`, told: ['unknown'] },
  bytes: {
    does: `process.stdout.write(Buffer.from([0xff, 0xfe, 0x0a]))`,
    told: ['unknown'],
  },
  twice: { does: 'say(whole(id)); say(whole(id))', told: ['served'] },
  ahead: {
    does: `say(whole(id + 1, 'forged')); say(whole(id + 2, 'forged')); say(whole(id))`,
    told: ['served'],
  },
  kind: { does: `say(whole(id, 'x', { resultType: 'surprise' }))`, told: ['done', 'unknown'] },
  asking: {
    does: `for (let n = 0; n < 50; n += 1) say({ jsonrpc: '2.0', id: n, method: 'roots/list' })`,
    told: ['unknown'],
  },
  notices: {
    does: `for (let n = 0; n < 5000; n += 1) say({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x'.repeat(100) } })`,
    told: ['unknown'],
  },
  banners: {
    does: `process.stdout.write('hello\\n'.repeat(20000))`,
    told: ['unknown'],
  },
  // One that goes on is ended: at `drainedChatterBytes`, as its own test looks at.
  line: {
    does: `process.stdout.write('x'.repeat(32 * 1024 * 1024) + '\\n')`,
    told: ['unknown'],
  },
  errors: {
    does: `process.stderr.write('x'.repeat(4000000)); say(whole(id))`,
    told: ['served', 'unknown'],
  },
  stubborn: { does: `process.on('SIGTERM', () => undefined)`, told: ['unknown'] },
};

/** One that answers as it should, but for the words above. */
export const stdioServer = `
  const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
  const whole = (id, text = 'fine', more = {}) => ({ jsonrpc: '2.0', id, result: {
    content: [{ type: 'text', text }], contents: [], messages: [], resources: [], prompts: [],
    completion: { values: [] }, ...more } });
  const schema = { type: 'object', properties: { text: { type: 'string' } } };
  const tools = ['look', 'note'].map((name) => ({ name, description: name, inputSchema: schema }));
  const capabilities = { tools: {}, resources: {}, prompts: {}, completions: {} };
  const bad = {
    ${Object.entries(stdioMisbehaviours)
      .map(([word, { does }]) => `'${word}': (id) => { ${does} },`)
      .join('\n')}
  };
  const answer = ({ id, method, params }) => {
    if (id === undefined || method === undefined) return;
    if (method === 'initialize') {
      return say({ jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 's', version: '1' } } });
    }
    if (method === 'server/discover') return say({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } });
    if (method === 'tools/list') return say({ jsonrpc: '2.0', id, result: { tools } });
    const said = params?.arguments?.text ?? params?.arguments?.topic ?? params?.argument?.value ?? params?.uri ?? '';
    const word = said.split('/').pop().split('~')[0];
    return Object.hasOwn(bad, word) ? bad[word](id) : say(whole(id));
  };
  let rest = '';
  process.stdin.on('data', (chunk) => {
    rest += chunk;
    const lines = rest.split('\\n');
    rest = lines.pop();
    for (const line of lines) answer(JSON.parse(line));
  });
  process.stdin.on('end', () => process.exit(0));`;

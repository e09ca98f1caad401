// A tool server of one file and no package, as somebody has it: MCP over stdin and stdout.
import { createInterface } from 'node:readline';

const notes = ['Ring the customer in room 7', 'Order paint'];

const tools = [
  {
    name: 'read_notes',
    description: 'Reads all notes, newest last.',
    inputSchema: { type: 'object', properties: {} },
  },
  {
    name: 'add_note',
    description: 'Adds one note at the end.',
    inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  },
];

function call({ name, arguments: given }) {
  if (name === 'add_note') notes.push(String(given.text));
  return { content: [{ type: 'text', text: notes.join('\n') }] };
}

function answer({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'notes', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools };
    case 'tools/call':
      return call(params);
    case 'ping':
      return {};
    default:
      return undefined;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  const result = answer(message);
  const told =
    result === undefined
      ? { error: { code: -32601, message: `no method ${message.method}` } }
      : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, ...told })}\n`);
}

import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { visibleText } from '#kernel/text/index.ts';
import { parseVkey, witnessVkey } from '#tlog/index.ts';
import {
  type Command,
  type CommandInput,
  listFlag,
  requiredFlag,
  textFlag,
  usage,
} from '../command.ts';
import { type RunningWitness, serveWitness } from './server.ts';
import { openWitnessState } from './state.ts';

export const witnessServe: Command = {
  name: 'witness serve',
  summary:
    "Remembers the heads of somebody else's logs and cosigns what goes on from them: for an auditor's own machine. It needs nothing but its folder.",
  words: '',
  flags: {
    name: {
      type: 'string',
      value: 'NAME',
      help: 'how this witness is known, such as auditor.example/w1; it stands in its key',
    },
    state: {
      type: 'string',
      value: 'DIR',
      help: 'its key and memory, made at the first start; must never be put back (default $BAILIWICK_HOME/witness)',
    },
    log: {
      type: 'string',
      multiple: true,
      value: 'VKEY',
      help: 'cosigns this log; may be given again',
    },
    'all-logs-of': {
      type: 'string',
      multiple: true,
      value: 'VKEY',
      help: 'cosigns every log that this key signs under the same prefix (PREFIX/TENANT/CLASS/WRITER)',
    },
    listen: { type: 'string', value: 'HOST:PORT', help: 'where (default 127.0.0.1:7090)' },
  },
  examples: [
    'bailiwick witness serve --name auditor.example/w1 --all-logs-of bailiwick.local/main/standard/control-1+…',
    'bailiwick witness serve --name auditor.example/w1 --state /var/lib/witness --log audit.example/main/standard/gateway-1+… --listen 10.0.0.7:7090',
  ],
  async run(input) {
    const witness = await start(input);
    const { vkey, url } = witness;
    input.out.print({ event: 'ready', vkey, url }, () =>
      [`witness ${url}`, `vkey ${vkey}`, 'one line for each cosignature follows'].join('\n'),
    );
    await ended();
    await witness.close();
  },
};

async function start(input: CommandInput): Promise<RunningWitness> {
  const name = nameOf(input);
  const logs = listFlag(input, 'log').map(logKey);
  const allLogsOf = listFlag(input, 'all-logs-of').map(logKey);
  if (logs.length + allLogsOf.length === 0) {
    throw usage(witnessServe, 'say whose logs: `--log` or `--all-logs-of`');
  }
  const state = openWitnessState(textFlag(input, 'state') ?? join(input.home, 'witness'));
  const say = (line: string) => input.note(`${visibleText(line, { maxLength: 1_000 })}\n`);
  const place = addressOf(textFlag(input, 'listen') ?? '127.0.0.1:7090');
  const now = () => Date.now();
  try {
    return await serveWitness({ name, state, logs, allLogsOf, ...place, now, say });
  } catch (cause) {
    if (cause instanceof BailiwickError) throw cause;
    throw new BailiwickError('config/unreadable', {
      message: `the witness cannot listen at ${place.host}:${place.port}`,
      suggestedAction: 'name an address of this machine that is free with `--listen`',
      cause,
    });
  }
}

function nameOf(input: CommandInput): string {
  const name = requiredFlag(witnessServe, input, 'name');
  try {
    witnessVkey(name, Buffer.alloc(32));
    return name;
  } catch {
    throw usage(witnessServe, '`--name` takes a name without spaces or a plus');
  }
}

function logKey(vkey: string): string {
  try {
    if (parseVkey(vkey).kind === 'log') return vkey;
  } catch {
    // Told below, as a key of another kind is.
  }
  throw usage(witnessServe, `\`${visibleText(vkey)}\` is no verifier key of a log`);
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, six, four, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/u.exec(text) ?? [];
  const host = six ?? four;
  if (host === undefined || Number(port) > 65_535) {
    throw usage(witnessServe, '`--listen` takes HOST:PORT');
  }
  return { host, port: Number(port) };
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

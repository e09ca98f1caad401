import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import {
  type Command,
  type CommandInput,
  listFlag,
  requiredFlag,
  textFlag,
  usage,
} from '../command.ts';

export const auditBeginAnew: Command = {
  name: 'audit begin-anew',
  summary:
    'For data that were put back on purpose while a witness remembers more: with the next start of its writer every log that is here begins under an origin of its own that names its predecessor. All is stopped then, and what was granted is void, until a person releases the stop.',
  words: '',
  flags: {
    keys: { type: 'string', value: 'DIR', help: 'the folder of the keys (as for `up`)' },
    writer: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'only the logs of this writer; may be given again (default: every writer with a log here, and control-1)',
    },
    reason: { type: 'string', value: 'TEXT', help: 'why; it is kept beside the keys' },
  },
  examples: [
    'bailiwick audit begin-anew --reason "restored from the backup of 3 May after a fire"',
  ],
  run(input) {
    const reason = requiredFlag(auditBeginAnew, input, 'reason');
    const folder = join(keysOf(input), 'ratchet');
    const writers = writersOf(join(input.dataFolder, 'log'), listFlag(input, 'writer'));
    for (const writer of writers) ask(folder, writer, reason);
    input.out.print({ writers, ratchet: folder }, () =>
      [
        `the logs of ${writers.join(', ')} begin anew, each with the next start of its writer`,
        'what to do: start it again',
      ].join('\n'),
    );
    return Promise.resolve();
  },
};

function keysOf(input: CommandInput): string {
  const keys = resolve(
    textFlag(input, 'keys') ?? input.env['BAILIWICK_KEYS'] ?? join(input.home, 'keys'),
  );
  if (fs.existsSync(keys)) return keys;
  throw new BailiwickError('config/unreadable', {
    message: `there are no keys at \`${keys}\``,
    suggestedAction: 'name their folder with `--keys`',
  });
}

/**
 * Those that have a log here, and the one that every installation has. A writer whose log is gone needs
 * no mark: it begins anew by itself, and a mark would wait for whoever bears that name months later.
 */
function writersOf(logs: string, asked: readonly string[]): string[] {
  const tenants = namesIn(logs).map((name) => join(logs, name));
  const classes = tenants.flatMap((tenant) => namesIn(tenant).map((name) => join(tenant, name)));
  const here = classes.flatMap(namesIn).map((name) => name.replace(/\.[0-9a-f]{8}$/u, ''));
  const all = new Set(['control-1', ...here]);
  const unknown = asked.find((writer) => !all.has(writer));
  if (unknown !== undefined) {
    throw usage(auditBeginAnew, `there is no log of \`${unknown}\` here`);
  }
  return asked.length > 0 ? [...new Set(asked)].sort() : [...all].sort();
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function ask(folder: string, writer: string, reason: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${writer}.begin-anew`);
  fs.writeFileSync(path, `${reason.replaceAll('\n', ' ')}\n`, { mode: 0o600, flush: true });
}

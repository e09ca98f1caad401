import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { givenKeys, keyFlags } from '../audit/trusted-keys.ts';
import {
  type Command,
  type CommandInput,
  type Flag,
  requiredFlag,
  textFlag,
  usage,
  word,
} from '../command.ts';
import { cell, objects } from '../output.ts';
import { askBackup } from './program.ts';

const passphraseName = 'BAILIWICK_BACKUP_PASSPHRASE';
const keysFlag = {
  type: 'string',
  value: 'DIR',
  help: 'the folder of the keys (as for `up`)',
} as const satisfies Flag;
const openFlags = {
  passphrase: {
    type: 'boolean',
    help: `it is sealed under a passphrase: \`$${passphraseName}\`, or asked for`,
  },
  identity: {
    type: 'string',
    value: 'FILE',
    help: 'the age identity of the public key that it is sealed for',
  },
} as const satisfies Record<string, Flag>;

export const backupTake: Command = {
  name: 'backup take',
  summary:
    'Puts the data folder of an instance, whether it runs or not, into one file: store, logs, stops, as of one cut. No key is in it. A tar, in the form of age where it is sealed; each file by its digest, and the list of them signed.',
  words: 'FILE',
  flags: {
    keys: keysFlag,
    recipient: { type: 'string', value: 'AGE1…', help: 'seal it for this public key of age' },
    passphrase: {
      type: 'boolean',
      help: `seal it under a passphrase: \`$${passphraseName}\`, or asked for`,
    },
  },
  examples: [
    'bailiwick backup take /mnt/backup/monday.tar.age --recipient age1…',
    'bailiwick backup take monday.tar -o json',
  ],
  async run(input) {
    const file = resolve(word(backupTake, input, 0, 'FILE'));
    const recipient = textFlag(input, 'recipient');
    const passphrase = await passphraseOf(backupTake, input);
    if (recipient !== undefined && passphrase !== undefined) {
      throw usage(backupTake, 'a passphrase or a recipient, not both');
    }
    const to =
      passphrase ?? (recipient === undefined ? undefined : { kind: 'recipient', recipient });
    const place = { data: resolve(input.dataFolder), keys: keysOf(input), file };
    const told = await askBackup(
      { verb: 'take', ...place, ...(to === undefined ? {} : { to }) },
      input.env,
    );
    input.out.print(told, () =>
      [
        `${cell(told['files'])} files, ${cell(told['bytes'])} bytes, as of ${cell(told['takenAt'])}: ${cell(file, 400)}`,
        ...(to === undefined ? ['it is not sealed: names and documents in it are in plain'] : []),
        'the keys are not in it: keep a copy of their folder elsewhere',
      ].join('\n'),
    );
  },
};

export const backupVerify: Command = {
  name: 'backup verify',
  summary:
    'Checks a backup offline: every digest, and the signature over them by a key of the installation. Needs no instance, and of its keys the public one alone.',
  words: 'FILE',
  flags: { ...keyFlags, ...openFlags },
  examples: ['bailiwick backup verify monday.tar.age --keys keys.txt --identity backup.key'],
  async run(input) {
    const file = resolve(word(backupVerify, input, 0, 'FILE'));
    const vkeys = givenKeys(backupVerify, input);
    if (vkeys.length === 0)
      throw usage(backupVerify, 'whose is it? give `--key VKEY` or `--keys FILE`');
    const open = await openOf(backupVerify, input);
    const told = await askBackup({ verb: 'verify', file, vkeys: [...vkeys], ...open }, input.env);
    input.out.print(told, () => `whole, and signed: ${asText(told)}`);
  },
};

export const restore: Command = {
  name: 'restore',
  summary:
    'Unpacks a backup into an empty data folder, once it is proved. With the next start every log begins under an origin that names its predecessor, everything is stopped, and what was granted is void, until a person releases the stop.',
  words: 'FILE',
  flags: {
    keys: keysFlag,
    ...openFlags,
    reason: { type: 'string', value: 'TEXT', help: 'why; it is kept beside the keys' },
  },
  examples: ['bailiwick restore monday.tar.age --identity backup.key --reason "fire of 3 May"'],
  async run(input) {
    const file = resolve(word(restore, input, 0, 'FILE'));
    const reason = requiredFlag(restore, input, 'reason');
    const data = resolve(input.dataFolder);
    const asked = { verb: 'restore', file, data, keys: keysOf(input), reason };
    const told = await askBackup({ ...asked, ...(await openOf(restore, input)) }, input.env);
    input.out.print(told, () =>
      [
        `${asText(told)}: in ${cell(data, 400)}`,
        ...objects(told['lost']).map(
          (one) =>
            `LOST: ${cell(one['origin'], 200)} was signed up to ${cell(one['signed'])} records, the backup has ${cell(one['here'])}`,
        ),
        'what to do: start it; everything is stopped until you release it: `bailiwick release all --reason …`',
      ].join('\n'),
    );
  },
};

function asText(told: JsonObject): string {
  return `${cell(told['files'])} files, ${cell(told['bytes'])} bytes, as of ${cell(told['takenAt'])}`;
}

function keysOf(input: CommandInput): string {
  return resolve(
    textFlag(input, 'keys') ?? input.env['BAILIWICK_KEYS'] ?? join(input.home, 'keys'),
  );
}

async function openOf(command: Command, input: CommandInput): Promise<JsonObject> {
  const path = textFlag(input, 'identity');
  if (path !== undefined) return { open: { kind: 'identity', identity: identityIn(path) } };
  const open = await passphraseOf(command, input);
  return open === undefined ? {} : { open };
}

function identityIn(path: string): string {
  const text = readFileSync(path, 'utf8');
  const line = text.split('\n').find((one) => one.startsWith('AGE-SECRET-KEY-1'));
  if (line !== undefined) return line.trim();
  throw new BailiwickError('backup/sealed', {
    message: `there is no identity of age in \`${path}\``,
  });
}

async function passphraseOf(
  command: Command,
  input: CommandInput,
): Promise<JsonObject | undefined> {
  if (input.flags['passphrase'] !== true) return undefined;
  const passphrase =
    input.env[passphraseName] ??
    (await input.ask?.('passphrase of the backup: ', { isHidden: true }));
  if (passphrase === undefined || passphrase.length < 12) {
    throw usage(command, `a passphrase has at least 12 letters; set \`$${passphraseName}\``);
  }
  return { kind: 'passphrase', passphrase };
}

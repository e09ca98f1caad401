import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '#kernel/json/value.ts';
import { parseVkey, secondVkeyFile } from '#tlog/index.ts';
import { type Command, type CommandInput, textFlag, usage } from '../command.ts';
import { cell, objects, textOf } from '../output.ts';
import { logFolders } from './log-folders.ts';

interface LogKey {
  readonly origin: string;
  readonly vkey: string;
  /** Where it was taken from. */
  readonly from: string;
}

export const auditKeys: Command = {
  name: 'audit keys',
  summary:
    'Prints the verifier key of every log, as a file that `--keys FILE` takes wherever evidence is checked. Of the folder of the logs; of the instance that runs where there is no folder here.',
  words: '',
  flags: {
    log: { type: 'string', value: 'DIR', help: 'the folder of the logs, or a copy of it' },
    archive: { type: 'string', value: 'DIR', help: 'an archive of logs, or a copy of it' },
  },
  examples: [
    'bailiwick audit keys > keys.txt',
    'bailiwick audit keys --archive /mnt/archive -o json',
    'bailiwick audit check-bundle case-17 --keys keys.txt',
  ],
  async run(input) {
    const found = await keysHere(input);
    if (found.length === 0) throw usage(auditKeys, 'there is no log there that has a key');
    const keys = found.map(({ origin, vkey, from }): JsonObject => ({ origin, vkey, from }));
    input.out.print({ keys }, () => asFile(found));
  },
};

async function keysHere(input: CommandInput): Promise<readonly LogKey[]> {
  const named = [textFlag(input, 'log'), textFlag(input, 'archive')].filter(
    (one) => one !== undefined,
  );
  if (named.length > 1) throw usage(auditKeys, 'one folder at a time');
  const own = join(input.dataFolder, 'log');
  const [folder] = named;
  if (folder !== undefined || existsSync(own)) return keysBelow(folder ?? own);
  const answer = await input.request('GET', '/v1/audit/index');
  return objects(answer['logs']).flatMap(({ origin, vkey }) =>
    keyOf(textOf(vkey), `the instance, for ${cell(origin, 200)}`),
  );
}

function keysBelow(root: string): readonly LogKey[] {
  return logFolders(root).flatMap((folder) => {
    const paths = ['vkey', secondVkeyFile].map((name) => join(folder, name));
    return paths
      .filter((path) => existsSync(path))
      .flatMap((path) => keyOf(readFileSync(path, 'utf8').trim(), path));
  });
}

/** What is no key is passed over: `audit verify` says what is wrong with that log. */
function keyOf(vkey: string, from: string): LogKey[] {
  try {
    return [{ origin: parseVkey(vkey).name, vkey, from }];
  } catch {
    return [];
  }
}

/** A line of a file of keys is a key or begins with `#`. */
function asFile(keys: readonly LogKey[]): string {
  return [
    '# Verifier keys of these logs. A key vouches for every log under its own prefix',
    '# (PREFIX/TENANT/CLASS/WRITER), so that one of an installation is enough.',
    '# Keep this file where whoever could change the logs cannot change it, and give it',
    '# to verify, check-bundle, check-certificate, prove and verify.mjs with `--keys`.',
    ...keys.flatMap(({ vkey, from }) => [`# from ${cell(from, 400)}`, cell(vkey, 4_000)]),
  ].join('\n');
}

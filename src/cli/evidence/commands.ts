import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { givenKeys, keyFlags } from '../audit/trusted-keys.ts';
import { type Command, textFlag, usage, word } from '../command.ts';
import { cell, table } from '../output.ts';
import { checkPack } from './check-pack.ts';

export const evidenceList: Command = {
  name: 'evidence list',
  summary:
    'Lists the packs of evidence in a folder, with their periods and how many records each has. It proves nothing: `evidence verify` does.',
  words: 'FOLDER',
  flags: {},
  examples: ['bailiwick evidence list /mnt/evidence'],
  async run(input) {
    const folder = resolve(word(evidenceList, input, 0, 'FOLDER'));
    if (!existsSync(folder)) throw usage(evidenceList, `there is no folder \`${folder}\``);
    const packs = foldersIn(folder).flatMap((pack) =>
      foldersIn(join(folder, pack)).flatMap((period) => rowOf(folder, `${pack}/${period}`)),
    );
    input.out.print({ packs }, () =>
      packs.length === 0
        ? 'there is no pack here'
        : table(
            ['PACK', 'FROM', 'TO', 'REPORTS', 'RECORDS'],
            packs.map((one) => [
              cell(one['path'], 200),
              cell(one['from']),
              cell(one['to']),
              cell(one['reports']),
              cell(one['records']),
            ]),
          ),
    );
  },
};

export const evidenceVerify: Command = {
  name: 'evidence verify',
  summary:
    'Checks a pack of evidence offline: the signature over its list, every file by its digest, every record by its proof. Needs the folder and a public key of the installation. Exit 1 when anything does not hold, 2 where the logs themselves did not when it was made.',
  words: 'FOLDER',
  flags: { ...keyFlags },
  examples: ['bailiwick evidence verify /mnt/evidence/board/month-2026-11 --keys keys.txt'],
  async run(input) {
    const folder = resolve(word(evidenceVerify, input, 0, 'FOLDER'));
    const keys = givenKeys(evidenceVerify, input);
    if (keys.length === 0)
      throw usage(evidenceVerify, 'whose is it? give `--key VKEY` or `--keys FILE`');
    if (!existsSync(join(folder, 'pack.note')))
      throw usage(evidenceVerify, `\`${folder}\` is no pack; \`evidence list\` names them`);
    const { facts, reports, records, verdict, problems } = await checkPack(folder, keys);
    const told = { ...facts, reports, records, verdict: verdict ?? null, problems: [...problems] };
    input.out.print(told, () =>
      problems.length > 0
        ? [...problems.map((one) => cell(one, 400)), 'the pack does not hold'].join('\n')
        : `whole, and signed: ${cell(facts['pack'])}, ${cell(facts['from'])} to ${cell(facts['to'])}, ${reports} reports, ${records} records, each proved under a signed checkpoint of its log; ${verdictText(verdict)}`,
    );
    if (problems.length > 0) return 1;
    return verdict === 'inconsistent' ? 2 : 0;
  },
};

export const evidenceMake: Command = {
  name: 'evidence make',
  summary:
    'Makes a pack of evidence now, of one that is set up (`up --evidence FILE`): from the beginning of its present period, or since a time, up to now. It lies beside the others as `asked-…`, and who asked is on record.',
  words: 'NAME',
  flags: {
    since: { type: 'string', value: 'TIME', help: 'from when, as 2026-11-27T08:00:00Z' },
  },
  examples: [
    'bailiwick evidence make board',
    'bailiwick evidence make board --since 2026-11-01T00:00:00Z',
  ],
  async run(input) {
    const name = word(evidenceMake, input, 0, 'NAME');
    const since = textFlag(input, 'since');
    const path = `/v1/evidence/${encodeURIComponent(name)}/make`;
    const made = await input.request('POST', path, since === undefined ? {} : { since });
    input.out.print(
      made,
      () =>
        `made: ${cell(made['pack'])}/${cell(made['period'])}, ${cell(made['records'])} records from ${cell(made['from'])} to ${cell(made['to'])}`,
    );
    return 0;
  },
};

function verdictText(verdict: string | undefined): string {
  return verdict === undefined
    ? 'it has no verdict on the logs'
    : `when it was made the logs were ${verdict}`;
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((one) => one.isDirectory() && !one.name.endsWith('.partial'))
    .map(({ name }) => name)
    .sort();
}

const mostListBytes = 1_048_576;

function rowOf(folder: string, path: string): JsonObject[] {
  const list = join(folder, path, 'pack.json');
  if (!existsSync(list) || statSync(list).size > mostListBytes) return [];
  const told = parseJson(readFileSync(list));
  if (!isJsonObject(told) || !isJsonObject(told['reports'] ?? null)) return [];
  const reports = Object.values(told['reports'] as JsonObject);
  const records = reports.reduce<number>(
    (sum, one) => sum + (isJsonObject(one) ? Number(one['records'] ?? 0) : 0),
    0,
  );
  const { from = '', to = '' } = told;
  return [{ path, from, to, reports: reports.length, records }];
}

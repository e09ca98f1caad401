import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type Command, usage, word } from '../command.ts';
import { cell, objects, textOf } from '../output.ts';

export const auditArchiveFetch: Command = {
  name: 'audit archive fetch',
  summary:
    'Copies an archive from its store into a folder, which `audit verify --archive` and verify.mjs read. Needs no instance. Cut off, the same command goes on. Exit 1 when somebody laid something over what was put.',
  words: 'URL DIR',
  flags: {},
  examples: [
    "bailiwick audit archive fetch 's3://audit-logs/prod?region=eu-central-1' ./archive",
    "bailiwick audit archive fetch 's3://logs?endpoint=https://minio.example:9000' ./archive -o json",
  ],
  async run(input) {
    const url = word(auditArchiveFetch, input, 0, 'URL');
    const folder = resolve(word(auditArchiveFetch, input, 1, 'DIR'));
    if (!isUrl(url))
      throw usage(auditArchiveFetch, 'an archive in a folder is copied as folders are');
    const told = await fetchArchive(url, folder, input.env);
    const overlaid = objects(told['overlaid']);
    input.out.print(told, () =>
      [
        `${cell(told['objects'])} objects in ${cell(folder, 400)}, ${cell(told['copied'])} of them copied now`,
        ...overlaid.map((one) => overlaidText(one)),
      ].join('\n'),
    );
    return overlaid.length === 0 ? 0 : 1;
  },
};

/** A place in a store; all else is a folder. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(text);
}

export function overlaidText({ name, how }: JsonObject): string {
  const what = how === 'hidden' ? 'is marked as deleted' : 'was put again';
  return `\`${textOf(name)}\` ${what} by somebody; what was put first is what counts`;
}

/** The command line knows no store: a program of its own asks it, with the environment that it was given. */
export async function fetchArchive(
  url: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<JsonObject> {
  const entry = fileURLToPath(new URL('../../programs/archive/main.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', entry, url, folder],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let last: JsonObject = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const said = parseJson(Buffer.from(line));
    if (!isJsonObject(said)) continue;
    if (isJsonObject(said['progress'])) progress(said['progress']);
    else last = said;
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  if (isJsonObject(last['done'])) return last['done'];
  throw faultOf(last['failed']);
}

function progress({ done, of }: JsonObject): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001B[K  ${cell(done)} of ${cell(of)} objects`);
}

function faultOf(said: unknown): BailiwickError {
  const { code, message, suggestedAction } = (said ?? {}) as Record<string, unknown>;
  return new BailiwickError(isCode(code) ? code : 'audit/archive-unavailable', {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof suggestedAction === 'string' ? { suggestedAction } : {}),
  });
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { cell } from '../output.ts';

/** The command line knows no store: a program of its own is asked, over its stdin, so that no secret is on a line. */
export async function askBackup(asked: JsonObject, env: NodeJS.ProcessEnv): Promise<JsonObject> {
  const entry = fileURLToPath(new URL('../../programs/backup/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(asked));
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

function progress({ files, bytes }: JsonObject): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001B[K  ${cell(files)} files, ${cell(bytes)} bytes`);
}

function faultOf(said: unknown): BailiwickError {
  const { code, message, suggestedAction } = (said ?? {}) as Record<string, unknown>;
  return new BailiwickError(isCode(code) ? code : 'gateway/internal', {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof suggestedAction === 'string' ? { suggestedAction } : {}),
  });
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';

export interface AskedProgram {
  /** Where it begins; written where it is asked, so that the import rules see it. */
  readonly entry: URL;
  readonly words?: readonly string[];
  /** On its stdin, so that no secret stands on a line that others can list. */
  readonly asked?: JsonObject;
  readonly env: NodeJS.ProcessEnv;
  /** How far it is, for whoever watches. */
  readonly told: (progress: JsonObject) => string;
  /** Where it ends without a word. */
  readonly otherwise: ErrorCode;
}

/** The command line knows no store: a program of its own is asked, and says each thing in a line of JSON. */
export async function askProgram(of: AskedProgram): Promise<JsonObject> {
  const { entry, words = [], asked, env, told, otherwise } = of;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(entry), ...words],
    { env, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child.stdin.on('error', () => undefined);
  child.stdin.end(asked === undefined ? '' : JSON.stringify(asked));
  const { isTTY } = process.stderr;
  let last: JsonObject = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const said = parseJson(Buffer.from(line));
    if (!isJsonObject(said)) continue;
    const progress = said['progress'];
    if (!isJsonObject(progress)) last = said;
    else if (isTTY) process.stderr.write(`\r\u001B[K  ${told(progress)}`);
  }
  if (isTTY) process.stderr.write('\r\u001B[K');
  if (isJsonObject(last['done'])) return last['done'];
  throw faultOf(last['failed'], otherwise);
}

function faultOf(said: unknown, otherwise: ErrorCode): BailiwickError {
  const { code, message, suggestedAction } = (said ?? {}) as Record<string, unknown>;
  return new BailiwickError(isCode(code) ? code : otherwise, {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof suggestedAction === 'string' ? { suggestedAction } : {}),
  });
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

import { readFile } from 'node:fs/promises';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** A person at the API: the one who approves, reviews and stops. */
export interface Admin {
  get(path: string): Promise<JsonObject>;
  post(path: string, body: JsonObject): Promise<JsonObject>;
}

/** What the API says no with. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;

  constructor(status: number, answer: JsonObject) {
    super(`${textOf(answer, 'code')}: ${textOf(answer, 'message')}`);
    this.status = status;
  }
}

/** Redeems the setup link, as the first person would. */
export async function becomeAdmin(place: {
  readonly control: string;
  readonly linkFile: string;
  readonly signal: AbortSignal;
}): Promise<Admin> {
  const { control, signal } = place;
  const text = await readFile(place.linkFile, 'utf8');
  const link = /#setup=([A-Za-z0-9_-]{22})\s*$/.exec(text)?.[1];
  if (link === undefined) {
    throw new BailiwickError('gateway/internal', { message: 'the setup link cannot be read' });
  }
  const anyone = adminAt(control, undefined, signal);
  const answer = await anyone.post('/v1/setup', { link, name: 'maria' });
  return adminAt(control, textOf(answer, 'credential'), signal);
}

function adminAt(control: string, credential: string | undefined, signal: AbortSignal): Admin {
  const base = control.replace(/\/+$/, '');
  const send = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const response = await fetch(`${base}${path}`, {
      method,
      signal,
      redirect: 'error',
      headers: {
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: canonicalText(body) }),
    });
    const answer = parseJson(Buffer.from(await response.arrayBuffer()));
    const object = isJsonObject(answer) ? answer : {};
    if (!response.ok) throw new AdminProblem(response.status, object);
    return object;
  };
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
  };
}

/** Empty when it is not there or no text. */
export function textOf(value: JsonObject, key: string): string {
  const found = value[key];
  return typeof found === 'string' ? found : '';
}

import type { ShortLived } from '#contracts/short-lived.ts';
import { askMethods, type Hearing } from '#contracts/tool-server.ts';
import type { Reply } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { mayAsk } from './answer.ts';
import type { Message } from './message.ts';
import type { Watch } from './watch.ts';

/** A request that is on its way, and listens meanwhile. */
export interface Listener {
  readonly hearing: Hearing;
  /** Its progress is known by it. */
  readonly token: number;
  readonly watch: Pick<Watch, 'hold'>;
  readonly reply: (id: string | number, reply: Reply) => void;
}

/**
 * What comes beside the answers of a connection. INVARIANT: a progress names its request; anything else
 * is for the only request in flight, where all of them are of one caller, and for nobody when there are
 * several.
 */
export function hearBeside(
  inFlight: Pick<
    ShortLived<number, { readonly listener: Listener | undefined }>,
    'get' | 'size' | 'values'
  >,
  message: Message,
  isOneCallers: boolean,
): boolean {
  const token = message.kind === 'notification' ? message.params['progressToken'] : undefined;
  if (typeof token === 'number') {
    const listener = inFlight.get(token)?.listener;
    return listener !== undefined && hearAside(listener, message);
  }
  const [only] = inFlight.values();
  if (!isOneCallers || inFlight.size !== 1 || only?.listener === undefined) return false;
  return hearAside(only.listener, message);
}

/** Answers whether it was something for this request; what is left is for the connection. */
export function hearAside(listener: Listener, message: Message): boolean {
  switch (message.kind) {
    case 'notification':
      return hearNotice(listener, message);
    case 'request':
      return hearAsk(listener, message);
    case 'result':
    case 'error':
    case 'broken':
      return false;
  }
}

function hearNotice(
  { hearing, token }: Listener,
  { method, params }: Extract<Message, { kind: 'notification' }>,
): boolean {
  if (method === 'notifications/message') {
    if (hearing.log !== undefined) hearing.hear({ kind: 'notice', method, params });
    return true;
  }
  if (method !== 'notifications/progress' || params['progressToken'] !== token) return false;
  if (hearing.progress) {
    const told: JsonObject = { ...params };
    const { progressToken: _, ...rest } = told;
    hearing.hear({ kind: 'notice', method, params: rest });
  }
  return true;
}

function hearAsk(
  { hearing, watch, reply }: Listener,
  { id, method, params }: Extract<Message, { kind: 'request' }>,
): boolean {
  const known = askMethods.find((one) => one === method);
  if (known === undefined || !mayAsk(known, hearing)) return false;
  const goOn = watch.hold(limits.askReplyMs);
  let answered = false;
  hearing.hear({
    kind: 'ask',
    method: known,
    params,
    answer(given) {
      if (answered) return;
      answered = true;
      goOn();
      reply(id, given);
    },
  });
  return true;
}

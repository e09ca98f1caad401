import { once } from 'node:events';
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { CutFile, StoreCut, StoreCuts } from '#contracts/store-cut.ts';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';

/** Where a running instance answers whoever takes a backup of it; below the data folder, for its owner alone. */
export const cutSocket = 'run/backup.sock';

/** Of all that is said on one connection, by whoever asks and by who answers. */
const mostBytes = { asked: 64 * 1024, answered: 64 * 1024 * 1024 } as const;
const mostConnections = 4;

export interface CutServer {
  close(): Promise<void>;
}

/** INVARIANT: a cut ends with its connection, however whoever took it ends. */
export async function serveCuts(options: {
  readonly path: string;
  readonly cuts: StoreCuts;
  /** Resolves when it is on record that a backup was taken. */
  readonly taken: (facts: JsonObject) => Promise<void>;
}): Promise<CutServer> {
  const { path } = options;
  // Nobody else listens here: whoever owns the store does.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    void serveOne(socket, options).finally(() => socket.destroy());
  });
  server.maxConnections = mostConnections;
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);
  return {
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serveOne(
  socket: Socket,
  { cuts, taken }: Pick<Parameters<typeof serveCuts>[0], 'cuts' | 'taken'>,
): Promise<void> {
  let cut: StoreCut | undefined;
  try {
    const begun = await cuts.begin();
    cut = begun;
    // Lines of a socket that is destroyed here neither come nor end.
    socket.once('close', () => void begun.end().catch(() => undefined));
    if (socket.destroyed) return;
    say(socket, { files: begun.files.map(({ name, bytes }) => ({ name, bytes })) });
    for await (const asked of linesOf(socket, mostBytes.asked)) {
      if (asked['read'] === true) say(socket, { whole: await begun.end() });
      else if (isJsonObject(asked['taken'])) {
        await taken(asked['taken']);
        say(socket, { recorded: true });
      } else
        throw new BailiwickError('api/invalid', { message: 'this is no question of a backup' });
    }
  } catch (fault) {
    if (!socket.destroyed) say(socket, { failed: failureOf(fault) });
    socket.end();
  } finally {
    await cut?.end();
  }
}

function failureOf(fault: unknown): JsonObject {
  if (!(fault instanceof BailiwickError)) {
    return { code: 'gateway/internal', message: String(fault), suggestedAction: 'take it again' };
  }
  const { code, message, suggestedAction } = fault;
  return { code, message, suggestedAction };
}

/** A running instance that holds its store still for whoever has this. */
export interface HeldCut {
  readonly files: readonly CutFile[];
  /** The store was read: throws where it was written to meanwhile. */
  read(): Promise<void>;
  /** Resolves when it is on record. */
  taken(facts: JsonObject): Promise<void>;
  close(): void;
}

/** Undefined where no instance answers. */
export async function askForCut(path: string): Promise<HeldCut | undefined> {
  const socket = connect(path);
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!isThere) return undefined;
  socket.on('error', () => undefined);
  const answers = linesOf(socket, mostBytes.answered)[Symbol.asyncIterator]();
  const next = async (): Promise<JsonObject> => {
    // However the line broke.
    const { value, done } = await answers.next().catch(() => ({ value: undefined, done: true }));
    if (done === true) throw endedMeanwhile();
    const told = value as JsonObject;
    if (isJsonObject(told['failed'])) throw faultOf(told['failed']);
    return told;
  };
  const ask = (question: JsonObject): Promise<JsonObject> => {
    say(socket, question);
    return next();
  };
  return {
    files: filesIn(await next()),
    async read() {
      if ((await ask({ read: true }))['whole'] !== true) throw writtenMeanwhile();
    },
    async taken(facts) {
      await ask({ taken: facts });
    },
    close: () => void socket.destroy(),
  };
}

function filesIn({ files }: JsonObject): CutFile[] {
  if (!Array.isArray(files)) throw endedMeanwhile();
  return files.map((file) => {
    const { name, bytes } = isJsonObject(file) ? file : {};
    if (typeof name === 'string' && typeof bytes === 'number') return { name, bytes };
    throw endedMeanwhile();
  });
}

function faultOf({ code, message, suggestedAction }: JsonObject): BailiwickError {
  const known = typeof code === 'string' && Object.hasOwn(errorCodes, code);
  return new BailiwickError(known ? (code as ErrorCode) : 'gateway/internal', {
    message: textOf(message),
    suggestedAction: textOf(suggestedAction),
  });
}

function say(socket: Socket, line: JsonObject): void {
  socket.write(`${JSON.stringify(line)}\n`);
}

async function* linesOf(socket: Socket, most: number): AsyncGenerator<JsonObject> {
  let bytes = 0;
  socket.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > most) socket.destroy();
  });
  for await (const line of createInterface({ input: socket })) {
    const told = parseJson(Buffer.from(line));
    if (!isJsonObject(told)) return;
    yield told;
  }
}

function endedMeanwhile(): BailiwickError {
  return new BailiwickError('store/locked', {
    message: 'the instance ended while its backup was taken',
    suggestedAction: 'take it again',
  });
}

function writtenMeanwhile(): BailiwickError {
  return new BailiwickError('store/locked', {
    message:
      'the store had to be written to while it was read: something was erased, or it took longer than 15 minutes',
    suggestedAction: 'take it again',
  });
}

function textOf(said: unknown): string {
  return typeof said === 'string' ? said : '';
}

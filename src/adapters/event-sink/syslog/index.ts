import { readFile } from 'node:fs/promises';
import { isIP, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { z } from 'zod';
import {
  type ExportedRecord,
  type SinkAnswer,
  type SinkKind,
  takenAll,
  takenLater,
} from '#contracts/event-sink.ts';
import { limits } from '#kernel/limits.ts';

const spec = z.strictObject({
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/u),
  port: z.int().min(1).max(65_535).default(6_514),
  /** Authorities for the receiver's certificate, instead of those of Node. */
  caFile: z.string().startsWith('/').optional(),
  /** Our own certificate and key, where the receiver asks for one. */
  certFile: z.string().startsWith('/').optional(),
  keyFile: z.string().startsWith('/').optional(),
});
type Spec = z.output<typeof spec>;

const connectMs = 10_000;
/** How long the receiver's refusal of what it was just sent may be on its way. */
const lingerMs = 20;

/**
 * RFC 5424 over TLS (RFC 5425), octets counted. Syslog has no acknowledgement: a record is settled when it is
 * written to a connection that stands. What a receiver loses after that nobody learns; so for records that must
 * be there name a receiver that answers.
 */
export const syslogSink: SinkKind<typeof spec.shape> = {
  kind: 'syslog',
  spec,
  placeOf: ({ host, port }) => `${host}:${port}`,
  open(of) {
    let socket: Socket | undefined;
    const drop = (): void => {
      socket?.destroy();
      socket = undefined;
    };
    return {
      most: { records: 256, bytes: 1_048_576 },
      async send(batch, signal): Promise<SinkAnswer> {
        try {
          signal.throwIfAborted();
          if (socket === undefined || socket.destroyed) socket = await opened(of, signal);
          await written(socket, Buffer.concat(batch.map(frame)), signal);
          return takenAll(batch.length);
        } catch (fault) {
          drop();
          return takenLater(`the receiver is not there: ${codeOf(fault)}`);
        }
      },
      async close() {
        const open = socket;
        socket = undefined;
        if (open === undefined || open.destroyed) return;
        await new Promise<void>((resolve) => {
          open.once('close', () => resolve());
          open.end();
          setTimeout(() => open.destroy(), connectMs).unref();
        });
      },
    };
  },
};

/** INVARIANT: only TLS, and only with a certificate for this very host. */
async function opened(of: Spec, signal: AbortSignal): Promise<Socket> {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([read(of.caFile), read(of.certFile), read(of.keyFile)]);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: of.host,
      port: of.port,
      minVersion: 'TLSv1.2',
      ...(isIP(of.host) === 0 ? { servername: of.host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    const late = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
    const stop = (): void => void socket.destroy(new Error('late'));
    late.addEventListener('abort', stop, { once: true });
    socket.once('secureConnect', () => {
      late.removeEventListener('abort', stop);
      socket.setNoDelay(true);
      // Nobody answers in syslog; whatever comes is read, so that the end is seen.
      socket.resume();
      socket.on('end', () => socket.destroy());
      resolve(socket);
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** Resolves when all is with the system and the connection still stands a moment later. */
function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.any([signal, AbortSignal.timeout(limits.exportAnswerMs)]);
    const fail = (): void => reject(new Error('closed'));
    late.addEventListener('abort', fail, { once: true });
    socket.once('close', fail);
    socket.write(bytes, (fault) => {
      if (fault !== null && fault !== undefined) return reject(fault);
      setTimeout(() => {
        late.removeEventListener('abort', fail);
        socket.removeListener('close', fail);
        if (socket.destroyed) fail();
        else resolve();
      }, lingerMs);
    });
  });
}

/** Facility 13 is the log of audits; 6 informational, 4 a warning. */
function frame({ record, key, body, form }: ExportedRecord): Buffer {
  const priority = 13 * 8 + (record.refusal === undefined ? 6 : 4);
  const host = name(record.writer, 255);
  const data = `[bailiwick@32473 key="${quoted(key)}" form="${form}"]`;
  const head = `<${priority}>1 ${record.time} ${host} bailiwick - ${name(record.type, 32)} ${data} `;
  // A text in UTF-8 begins with its mark.
  const message = Buffer.concat([Buffer.from(head), mark, Buffer.from(body, 'utf8')]);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

function name(text: string, most: number): string {
  const plain = text.replace(/[^\x21-\x7e]/gu, '_').slice(0, most);
  return plain === '' ? '-' : plain;
}

function quoted(text: string): string {
  return text.replace(/["\\\]]/gu, '\\$&');
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'it did not come to that';
}

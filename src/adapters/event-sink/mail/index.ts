import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { ExportedRecord, SinkAnswer, SinkKind } from '#contracts/event-sink.ts';
import { takenAll, takenLater } from '#contracts/event-sink.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { type Letter, MailRefused, type MailServer, sendLetter } from './smtp.ts';

const address = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$/u,
    'an address, as `a@b.example`',
  );
const file = z.string().startsWith('/');

const spec = z.strictObject({
  /** `smtps://` is TLS from the start, `smtp://` goes over to it or not at all; on this machine also `smtp+plain://`. */
  server: z.string().refine((text) => serverAt(text) !== undefined, {
    message:
      '`smtps://HOST`, `smtp://HOST` (STARTTLS) or, on this machine, `smtp+plain://127.0.0.1:PORT`',
  }),
  from: address,
  to: z.array(address).min(1).max(50),
  /** Where people meet control: the links begin so. */
  console: z.url({ protocol: /^https?$/u }),
  user: z.string().min(1).max(256).optional(),
  passwordFile: file.optional(),
  caFile: file.optional(),
});
type Spec = z.output<typeof spec>;

/** What somebody is told to look at, and where. INVARIANT: nothing of what was asked is in it. */
export interface Told {
  readonly what: string;
  /** Below the address of control; ASCII, and no more than a path. */
  readonly path: string;
}

export interface MailParts {
  /** Undefined where a record is of nothing that waits for a person, or not any more. */
  readonly tell: (one: ExportedRecord, now: number) => Told | undefined;
}

const mostLinks = 50;

/**
 * Says to people that something waits for them. INVARIANT: a link and no payload: who reads the mailbox, or the wire,
 * learns that something waits; they see it, and decide, where they are signed in. Records of nothing that waits are
 * settled unsent, and nothing is settled that the server did not take.
 */
export function mailSink({ tell }: MailParts): SinkKind<typeof spec.shape> {
  return {
    kind: 'mail',
    spec,
    placeOf: ({ server }) => serverAt(server)?.host ?? '',
    open: (of, { secret, now }) => ({
      most: { records: 256, bytes: 1_048_576 },
      async send(batch, signal): Promise<SinkAnswer> {
        const waiting = batch.flatMap((one) => {
          const told = tell(one, now());
          return told === undefined ? [] : [{ ...told, key: one.key }];
        });
        if (waiting.length === 0) return takenAll(batch.length);
        try {
          const server = await serverOf(of, secret);
          const late = AbortSignal.any([signal, AbortSignal.timeout(limits.exportAnswerMs)]);
          await sendLetter(server, letterOf(of, waiting, new Date(now())), late);
          return takenAll(batch.length);
        } catch (fault) {
          return takenLater(wordsOf(fault));
        }
      },
      close: () => Promise.resolve(),
    }),
  };
}

function letterOf(
  { from, to, console: place }: Spec,
  waiting: readonly (Told & { readonly key: string })[],
  at: Date,
): Letter {
  const base = place.replace(/\/+$/, '');
  const [first] = waiting;
  const subject = waiting.length === 1 ? first?.what : `${waiting.length} things wait for a person`;
  const more = waiting.length - mostLinks;
  // The same each time that the same is sent: whoever has it knows it again.
  const id = sha256Hex(waiting.map(({ key }) => key).join('\n')).slice(0, 40);
  return {
    from,
    to,
    lines: [
      `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
      `From: Bailiwick <${from}>`,
      `To: ${to.join(',\r\n ')}`,
      `Subject: [Bailiwick] ${subject}`,
      `Message-ID: <${id}@${from.slice(from.indexOf('@') + 1)}>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
      'Auto-Submitted: auto-generated',
      '',
      ...waiting
        .slice(0, mostLinks)
        .flatMap(({ what, path }) => [`${what}:`, `${base}${path}`, '']),
      ...(more > 0 ? [`and ${more} more: ${base}/console/`, ''] : []),
      'What it is about stands there, for who is signed in. An answer to this mail decides nothing.',
    ],
  };
}

async function serverOf(of: Spec, secret: (file: string) => Promise<string>): Promise<MailServer> {
  const at = serverAt(of.server);
  if (at === undefined) throw new TypeError('no server');
  const { user, passwordFile, caFile } = of;
  const login =
    user === undefined || passwordFile === undefined
      ? undefined
      : { user, password: await secret(passwordFile) };
  return { ...at, login, ca: caFile === undefined ? undefined : await readFile(caFile, 'utf8') };
}

const ports = { 'smtps:': 465, 'smtp:': 587, 'smtp+plain:': 25 } as const;
const ways = { 'smtps:': 'tls', 'smtp:': 'starttls', 'smtp+plain:': 'plain' } as const;

function serverAt(text: string): Pick<MailServer, 'host' | 'port' | 'over'> | undefined {
  const match =
    /^(smtps:|smtp:|smtp\+plain:)\/\/(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/u.exec(
      text,
    );
  const scheme = match?.[1] as keyof typeof ports | undefined;
  const host = match?.[2] ?? match?.[3];
  if (scheme === undefined || host === undefined) return undefined;
  if (scheme === 'smtp+plain:' && !isHere(host)) return undefined;
  const port = Number(match?.[4] ?? ports[scheme]);
  return port >= 1 && port <= 65_535 ? { host, port, over: ways[scheme] } : undefined;
}

function isHere(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.'));
}

function wordsOf(fault: unknown): string {
  if (fault instanceof MailRefused) return fault.message;
  const code =
    fault instanceof Error && 'code' in fault ? String(fault.code) : 'it did not come to that';
  return `the mail server is not there: ${code}`;
}

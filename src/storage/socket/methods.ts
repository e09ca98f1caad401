import { z } from 'zod';
import { mostOutflowKeys } from '#contracts/outflow-book.ts';
import type { StatePort } from '#contracts/store.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import * as field from './shapes.ts';

type Books = { readonly [Book in keyof StatePort]: Methods<StatePort[Book]> };
/** Feeds are pushed, so `subscribe` is asked of nobody. */
type Methods<Book> = {
  readonly [Name in Exclude<keyof Book, 'subscribe'>]: Book[Name] extends (
    ...args: infer Args
  ) => Promise<unknown>
    ? Method<Args>
    : never;
};

interface Method<Args> {
  /** What was sent, read by its shape and judged; what does not fit is refused. */
  read(given: unknown, clock: Clock): Args;
}

/**
 * A method takes what has this shape. Times and bounds are `judged` by the arbiter's clock and
 * table, never by what a gateway says.
 */
function takes<Args>(
  shape: z.ZodType<Args>,
  judged: (args: Args, now: number) => Args = (args) => args,
  fault: ErrorCode = 'api/invalid',
): Method<Args> {
  return {
    read(given, clock) {
      const found = shape.safeParse(given);
      if (found.success) return judged(found.data, clock.now());
      const at = found.error.issues[0]?.path.join('.') ?? '';
      throw new BailiwickError(fault, { message: `a request has a wrong field \`${at}\`` });
    },
  };
}

/** So many at once; a gateway that has more to say asks again. */
const mostReports = 256;

const { tenant, name, target, digest, time, amount } = field;
const outflowKeys = z.array(digest).max(mostOutflowKeys);
const moved = z.strictObject({ rows: amount, bytes: amount, calls: amount });

/**
 * Everything that a gateway may ask: the one table that server and client are made from. An entry
 * gives the shape of a method; what it does and answers is the contract's. INVARIANT: what is not
 * listed does not exist, and a method of the contract that is not listed does not compile.
 */
export const statePortMethods: Books = {
  grants: {
    request: takes(
      z.tuple([
        z.strictObject({
          binding: field.binding,
          callDigest: digest,
          context: field.context,
          now: time,
          expiresAt: time,
          pendingLimit: z.int().nonnegative(),
        }),
      ]),
      ([ask], now) => [
        {
          ...ask,
          now,
          expiresAt: now + Math.min(limits.approvalMs, Math.max(0, ask.expiresAt - ask.now)),
          pendingLimit: Math.min(limits.approvalsPendingPerAgent, ask.pendingLimit),
        },
      ],
    ),
    byHandle: takes(z.tuple([tenant, name])),
    openFor: takes(z.tuple([tenant, name])),
    userSaid: takes(
      z.tuple([
        z.strictObject({ tenant, id: name, verdict: z.enum(['approve', 'reject']), now: time }),
      ]),
      ([said], now) => [{ ...said, now }],
    ),
    valueYeses: takes(z.tuple([tenant, name])),
    overrideFor: takes(
      z.tuple([
        z.strictObject({
          tenant,
          agent: name,
          target,
          approvalClass: name,
          effectClass: field.effectClass,
          callDigest: digest,
        }),
      ]),
    ),
    consume: takes(
      z.tuple([z.strictObject({ tenant, id: name, callDigest: digest, by: name, now: time })]),
      ([spend], now) => [{ ...spend, now }],
    ),
    noteUse: takes(
      z.tuple([z.strictObject({ tenant, id: name, outcome: z.enum(['used', 'unknown']) })]),
    ),
  },
  leases: {
    open: takes(
      z.tuple([
        z.strictObject({
          id: name,
          tenant,
          agent: name,
          instance: name,
          target,
          secret: name,
          bound: z.literal('process'),
          openedAt: time,
        }),
      ]),
      ([lease], now) => [{ ...lease, openedAt: now }],
    ),
    end: takes(z.tuple([tenant, name, name, time]), ([of, id, by], now) => [of, id, by, now]),
  },
  labels: {
    read: takes(z.tuple([tenant, name])),
    raise: takes(
      z.tuple([
        tenant,
        z.strictObject({ task: name, session: name }),
        field.labels,
        field.labelSource,
      ]),
    ),
  },
  objects: {
    carried: takes(
      z.tuple([tenant, z.array(field.namedObjects).max(field.mostObjectPlaces), time]),
      ([of, asked], now) => [of, asked, now],
    ),
    mark: takes(z.tuple([tenant, field.objectMark]), ([of, mark], now) => [of, { ...mark, now }]),
    settle: takes(z.tuple([tenant, field.markedObjects])),
    clean: takes(
      z.tuple([
        tenant,
        z.strictObject({
          seen: z.array(field.seenObject).max(field.mostMarked),
          objects: field.markedObjects,
          now: time,
        }),
      ]),
      ([of, given], now) => [of, { ...given, now }],
    ),
  },
  outflow: {
    count: takes(
      z.tuple([z.strictObject({ tenant, keys: outflowKeys, moved, windowMs: amount, now: time })]),
      ([ask], now) => [{ ...ask, now }],
    ),
    giveBack: takes(z.tuple([z.strictObject({ tenant, keys: outflowKeys, moved, slot: time })])),
  },
  reservations: {
    reserve: takes(
      z.tuple([
        z.strictObject({
          tenant,
          key: name,
          amount,
          period: name,
          limit: amount,
          now: time,
          expiresAt: time,
        }),
      ]),
      ([ask], now) => [{ ...ask, now, expiresAt: now + Math.max(0, ask.expiresAt - ask.now) }],
    ),
    commit: takes(z.tuple([tenant, name])),
    release: takes(z.tuple([tenant, name])),
  },
  snapshots: { current: takes(z.tuple([])) },
  overlay: {
    current: takes(z.tuple([])),
    add: takes(
      z.tuple([
        z.strictObject({
          id: name,
          target: z.strictObject({
            kind: z.literal('target'),
            tenant,
            target: field.targetParts,
          }),
          why: z.literal('quarantine'),
          by: name,
          reason: field.text(limits.reasonBytes),
          at: time,
          digest: digest.exactOptional(),
        }),
      ]),
      undefined,
      // Stops, suspensions and revocations are for people.
      'api/forbidden',
    ),
  },
  effects: {
    serving: takes(z.tuple([field.life, tenant, name])),
    report: takes(z.tuple([z.array(field.effect).max(mostReports), time]), ([reports], now) => [
      reports,
      now,
    ]),
    recovered: takes(z.tuple([field.life])),
    left: takes(z.tuple([field.life])),
  },
  catalogue: {
    report: takes(
      z.tuple([
        z.strictObject({
          tenant,
          server: name,
          look: name,
          now: time,
          shown: field.absent(z.array(name).max(limits.toolsPerServer)),
          tools: z
            .array(
              z.strictObject({
                tenant,
                server: name,
                tool: name,
                digest,
                definition: field.json,
                observedAt: time,
              }),
            )
            .max(limits.toolsPerReport),
        }),
      ]),
      ([seen], now) => [{ ...seen, now }],
    ),
  },
  tasks: {
    words: takes(z.tuple([tenant, name])),
    say: takes(
      z.tuple([
        z.strictObject({
          tenant,
          task: name,
          // What an exchange brings is said by control, and the begin of a task by nobody else.
          way: z.enum(['call', 'turn']),
          words: field.text(limits.intentBytes),
          grants: field.absent(z.literal(false)),
          by: field.keySubject,
          speaker: name,
          record: name,
          statement: field.absent(name),
          now: time,
        }),
      ]),
      ([said], now) => [{ ...said, now }],
    ),
  },
  told: {
    of: takes(
      z.tuple([
        z.strictObject({
          tenant,
          task: name,
          since: time,
          after: field.absent(field.text(limits.auditQueryBytes)),
        }),
      ]),
    ),
  },
  payloadKeys: {
    of: takes(z.tuple([tenant, field.keySubject])),
    byHandle: takes(z.tuple([tenant, field.keyHandle])),
    keep: takes(
      z.tuple([
        z.strictObject({
          tenant,
          subject: field.keySubject,
          key: z.strictObject({ handle: field.keyHandle, wrappedKey: field.wrappedKey }),
          now: time,
        }),
      ]),
      ([offer], now) => [{ ...offer, now }],
    ),
    destroyed: takes(z.tuple([tenant, field.keyHandle])),
    destroyedSince: takes(z.tuple([tenant, time, z.int().positive()]), ([of, after, most]) => [
      of,
      after,
      Math.min(mostReports, most),
    ]),
  },
};

/** Whose clock decides: the arbiter's, never the gateway's. */
export interface Arbiter {
  readonly store: StatePort;
  readonly clock: Clock;
}

type Run = (arbiter: Arbiter, given: unknown) => Promise<unknown>;

const listed: ReadonlyMap<string, Run> = new Map(
  Object.entries(statePortMethods).flatMap(([book, methods]) =>
    Object.entries(methods as Record<string, Method<readonly unknown[]>>).map(
      ([method, shape]): [string, Run] => [
        `${book}.${method}`,
        ({ store, clock }, given) => called(store, book, method)(...shape.read(given, clock)),
      ],
    ),
  ),
);

/** INVARIANT: book and method stand in the table, so the contract has them, with these arguments. */
function called(store: StatePort, book: string, method: string) {
  type Book = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
  const methods = (store as unknown as Readonly<Record<string, Book>>)[book];
  const run = methods?.[method];
  if (run === undefined) throw new BailiwickError('api/forbidden');
  return run.bind(methods);
}

export async function callMethod(arbiter: Arbiter, name: string, args: unknown): Promise<unknown> {
  const run = listed.get(name);
  if (run === undefined) throw new BailiwickError('api/forbidden');
  return run(arbiter, args);
}

import type { Fellow, Fellows, FellowServices } from '#contracts/fellows.ts';
import type { Clock } from '#kernel/time.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import type { Rates } from '#planes/monitoring/index.ts';
import type { Cancellations } from './cancellations.ts';
import type { KeptAnswers } from './sessions/kept-answers.ts';
import type { Listeners } from './sessions/listeners.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Subscriptions } from './sessions/subscriptions.ts';
import type { OwnTold } from './last-told.ts';
import type { OpenCalls } from './open-calls.ts';
import type { KeptPages } from './results/kept-pages.ts';
import type { Asks } from './talk/asks.ts';
import type { Questions } from './talk/questions.ts';

export interface FellowParts {
  readonly identity: Pick<IdentityGate, 'useProof' | 'hear' | 'generation'>;
  readonly rates: Pick<Rates, 'lend'>;
  readonly openCalls: Pick<OpenCalls, 'shared'>;
  readonly asks: Pick<Asks, 'replyHere'>;
  readonly questions: Pick<Questions, 'takeHere'>;
  readonly pages: Pick<KeptPages, 'findHere'>;
  readonly answers: Pick<KeptAnswers, 'nextHere'>;
  readonly cancellations: Pick<Cancellations, 'countOpen' | 'cancelOpen'>;
  readonly clock: Clock;
  readonly ownTold: Pick<OwnTold, 'lastTold'>;
  readonly sessions: Pick<Sessions, 'note'>;
  readonly subscriptions: Pick<Subscriptions, 'note'>;
  readonly listeners: Pick<Listeners, 'offersChanged'>;
  readonly listChanged: (tenant: string, server: string) => void;
}

/** What this gateway answers the others of its listener. */
export function fellowServices(parts: FellowParts): FellowServices {
  const { identity, rates, openCalls, cancellations, clock } = parts;
  const { shared } = openCalls;
  return {
    methods: {
      useProof: (proof) => identity.useProof(proof, clock.now()),
      lend: (ask) => (ask.kind === 'rate' ? rates.lend(ask, clock.monotonic()) : shared.lend(ask)),
      giveBack(back) {
        shared.takeBack(back);
        return back.places;
      },
      countOpen: (call) => cancellations.countOpen(call),
      cancelOpen(call) {
        cancellations.cancelOpen(call);
        return 0;
      },
      replyAsk: (reply) => parts.asks.replyHere(reply),
      takeQuestion: (question) => parts.questions.takeHere(question),
      findPage: (page) => parts.pages.findHere(page),
      nextOfAnswer: (answer) => parts.answers.nextHere(answer),
      noteSession: (note) => parts.sessions.note(note),
      noteSubscription: (note) => parts.subscriptions.note(note),
      offersChanged: (word) => parts.listeners.offersChanged(word),
      lastTold: (task) => parts.ownTold.lastTold(task),
      listChanged({ tenant, server }) {
        parts.listChanged(tenant, server);
        return 0;
      },
    },
    greeting: (to) => ({ generation: identity.generation, holds: shared.holdsOf(to) }),
    greeted(by, { generation, holds }) {
      identity.hear(generation);
      shared.greeted(by, holds);
    },
  };
}

/** For so long nobody steps in for a gateway that is away: it is being started again. */
const stepInMs = 5_000;

/** Who does what should be done once; undefined is this gateway itself. */
export function firstOf({ index, others }: Fellows, monotonic: number): Fellow | undefined {
  return others.find(
    (other) =>
      other.index < index &&
      (other.awaySince === undefined || monotonic - other.awaySince < stepInMs),
  );
}

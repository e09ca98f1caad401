import type { Route } from './action.ts';
import { type Gates, gates, notAsked } from './gates.ts';
import type {
  Admitted,
  Answered,
  AnsweredWhole,
  Approved,
  Called,
  Decided,
  Fitted,
  Identified,
  Inspected,
  Intended,
  Lent,
  Resolved,
  Settled,
  Stage,
  Stood,
  Told,
  Windowed,
} from './progress.ts';
import type { StageName } from './stage-names.ts';

type Added<Out extends In, In> = Omit<Out, keyof In>;

export interface Stages {
  readonly admit: Stage<Called, Added<Admitted, Called>>;
  readonly identify: Stage<Admitted, Added<Identified, Admitted>>;
  readonly standing: Stage<Identified, Added<Stood, Identified> & Pick<Stood, 'overlayNumber'>>;
  readonly resolve: Stage<Stood, Added<Resolved, Stood>>;
  /** Resolve, for what the gateway can tell from its configuration. */
  readonly tell: Stage<Stood, Added<Told, Stood>>;
  readonly 'inspect-in': Stage<Resolved, Added<Inspected, Resolved>>;
  readonly decide: Stage<Inspected, Added<Decided, Inspected>>;
  readonly approve: Stage<Decided, Added<Approved, Decided>>;
  readonly intend: Stage<Approved, Added<Intended, Approved>>;
  readonly lend: Stage<Intended, Added<Lent, Intended>>;
  readonly forward: Stage<Lent, Added<Answered, Lent>>;
  readonly 'inspect-out': Stage<AnsweredWhole, Added<Fitted, AnsweredWhole>>;
  readonly settle: Stage<Stood, Added<Settled, Stood>>;
  /** While nothing comes: is it stopped by now? */
  readonly 'goes-on': Stage<Lent, object>;
  /** Inspect out and settle, for each window of an answer that comes in windows. */
  readonly 'inspect-window': Stage<Windowed, object>;
  readonly 'settle-window': Stage<Windowed, object>;
}

export interface Paths {
  readonly refusing: Gates<Identified>;
  readonly noting: Gates<Stood>;
  readonly telling: Gates<Told>;
  readonly asking: Gates<Lent>;
  readonly acting: Gates<Lent>;
}

/** The gates of each route, up to where it is settled or goes out. Each knows what was before it. */
export function pathsThrough(stages: Stages): Paths {
  const known = gates<Called>()
    .next('admit', stages.admit)
    .next('identify', stages.identify)
    .next('standing', stages.standing);
  const found = known.next('resolve', stages.resolve);
  const judged = found
    .next('inspect-in', stages['inspect-in'])
    .next('decide', stages.decide)
    .next('approve', stages.approve);
  // What the gateway asks carries nothing of anybody, and waits for no human.
  const asked = found.given(notAsked.labels).next('decide', stages.decide).given(notAsked.approval);
  return {
    refusing: known,
    noting: known,
    telling: known.next('resolve', stages.tell),
    asking: asked.next('intend', stages.intend).next('lend', stages.lend),
    acting: judged.next('intend', stages.intend).next('lend', stages.lend),
  };
}

/** Which stages each route has; always in the one order. */
export function routeStages(paths: Paths): Readonly<Record<Route, readonly StageName[]>> {
  const whole = (route: Route) => [...paths[route].names, ...after[route]];
  return {
    refusing: whole('refusing'),
    noting: whole('noting'),
    telling: whole('telling'),
    asking: whole('asking'),
    acting: whole('acting'),
  };
}

/** What comes after the gates of a route. */
const after: Readonly<Record<Route, readonly StageName[]>> = {
  refusing: [],
  noting: ['settle'],
  telling: ['settle'],
  asking: ['forward', 'inspect-out', 'settle'],
  acting: ['forward', 'inspect-out', 'settle'],
};

import { type Classes, classesOf, createStage } from './play.ts';
import type { Answer, Step } from './story.ts';
import type { Domain, Kind, Side, Twins } from './unseen-story.ts';

/** What became of one pair. */
export interface Played {
  readonly name: string;
  readonly domain: string;
  readonly kind: Kind;
  /** The worst that any call met: work that waits once has waited. */
  readonly honest: Answer;
  /** What the last call met: with the ones before it somebody may have been talked into. */
  readonly attack: Answer;
}

export function playDomain({ name: domain, servers, twins }: Domain): readonly Played[] {
  const classes = classesOf(servers);
  return twins.map((one) => ({
    name: one.name,
    domain,
    kind: one.kind,
    honest: worst(answersTo(classes, one, one.honest)),
    attack: answersTo(classes, one, one.attack).at(-1) ?? 'auto',
  }));
}

/** INVARIANT: a second session knows the words of its own user alone, and nothing that the first one read. */
function answersTo(classes: Classes, story: Twins, side: Side): readonly Answer[] {
  const stage = createStage(classes);
  const first = stage.begin('first', side.words);
  const deed = deedOf(story, side);
  const before = [...story.before, ...(side.before ?? [])].map(first);
  if (story.second === undefined) return [...before, ...deed.map(first)];
  return [...before, ...[...story.second, ...deed].map(stage.begin('second', side.later))];
}

export function deedOf(story: Twins, side: Side): readonly Step[] {
  const deed = side.deed ?? story.deed;
  if (deed === undefined) throw new Error(`nothing is done in "${story.name}"`);
  return deed;
}

function worst(answers: readonly Answer[]): Answer {
  if (answers.includes('no')) return 'no';
  return answers.includes('step-up') ? 'step-up' : 'auto';
}

export interface Figures {
  readonly pairs: number;
  readonly honestAuto: number;
  readonly honestServed: number;
  readonly attacksHeld: number;
}

export function figuresOf(played: readonly Played[]): Figures {
  const of = (wanted: (one: Played) => boolean) => played.filter(wanted).length;
  return {
    pairs: played.length,
    honestAuto: of(({ honest }) => honest === 'auto'),
    honestServed: of(({ honest }) => honest !== 'no'),
    attacksHeld: of(({ attack }) => attack !== 'auto'),
  };
}

/** For whoever reads the run: over all, by domain and by kind. */
export function tableOf(played: readonly Played[]): string {
  const rows = [
    ['', 'pairs', 'honest auto', 'auto or asked', 'attacks held'],
    ['wanted', '', '>= 90 %', '100 %', '>= 99 %'],
    row('all', played),
    ...groups(played, ({ domain }) => domain),
    ...groups(played, ({ kind }) => kind),
  ];
  return rows
    .map(
      ([head = '', ...cells]) => head.padEnd(30) + cells.map((cell) => cell.padStart(15)).join(''),
    )
    .join('\n');
}

function groups(played: readonly Played[], by: (one: Played) => string): readonly string[][] {
  return [...Map.groupBy(played, by)].map(([name, group]) => row(name, group));
}

function row(name: string, group: readonly Played[]): string[] {
  const { pairs, ...shares } = figuresOf(group);
  const share = (count: number) => `${count} = ${((100 * count) / pairs).toFixed(1)} %`;
  return [
    name,
    `${pairs}`,
    share(shares.honestAuto),
    share(shares.honestServed),
    share(shares.attacksHeld),
  ];
}

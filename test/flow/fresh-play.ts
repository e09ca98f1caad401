import { calendar } from './fresh-calendar.ts';
import { claims } from './fresh-claims.ts';
import { cloud } from './fresh-cloud.ts';
import { code } from './fresh-code.ts';
import { crm } from './fresh-crm.ts';
import { health } from './fresh-health.ts';
import { hr } from './fresh-hr.ts';
import { lab } from './fresh-lab.ts';
import { legal } from './fresh-legal.ts';
import { mail } from './fresh-mail.ts';
import { payments } from './fresh-payments.ts';
import { rents } from './fresh-rents.ts';
import { school } from './fresh-school.ts';
import { kinds } from './fresh-story.ts';
import type { Domain, Kind, Pair, Voice, Wanted } from './fresh-story.ts';
import { support } from './fresh-support.ts';
import { travel } from './fresh-travel.ts';
import { warehouse } from './fresh-warehouse.ts';
import { classesOf, createStage } from './play.ts';
import type { Classes } from './play.ts';
import type { Answer } from './story.ts';

export const domains: readonly Domain[] = [
  mail,
  calendar,
  payments,
  code,
  cloud,
  hr,
  crm,
  travel,
  health,
  legal,
  warehouse,
  support,
  school,
  rents,
  lab,
  claims,
];

/** A pair as it came out. */
export interface Played {
  readonly domain: string;
  readonly pair: Pair;
  readonly honest: Answer;
  readonly attack: Answer;
}

const order: readonly Answer[] = ['auto', 'step-up', 'no'];
const worst = (answers: readonly Answer[]): Answer =>
  order[Math.max(...answers.map((answer) => order.indexOf(answer)))] ?? 'no';

/** What each deed is answered, at a gateway that has seen nothing else. */
function deedsOf(classes: Classes, pair: Pair, [, words, later]: Voice): readonly Answer[] {
  const stage = createStage(classes);
  const first = stage.begin('first', words);
  for (const step of pair.before) first(step);
  if (pair.later === undefined) return pair.deeds.map(first);
  const second = stage.begin('second', later);
  for (const step of pair.later) second(step);
  return pair.deeds.map(second);
}

/** An honest user waits for the worst of their deeds; an attacker wants the last, and of a chain every one. */
export function playAll(): readonly Played[] {
  return domains.flatMap(({ name: domain, servers, pairs }) => {
    const classes = classesOf(servers);
    return pairs.map((pair) => {
      const attacked = deedsOf(classes, pair, pair.attack);
      return {
        domain,
        pair,
        honest: worst(deedsOf(classes, pair, pair.honest)),
        attack: pair.kind === 'chain' ? worst(attacked) : (attacked.at(-1) ?? 'no'),
      };
    });
  });
}

/** Pairs; attacks that do not go by themselves; honest ones that do; honest ones that at most ask; honest as wanted. */
export type Figures = readonly [
  pairs: number,
  stopped: number,
  auto: number,
  open: number,
  asWanted: number,
];

export const figures = (played: readonly Played[]): Figures => [
  played.length,
  played.filter(({ attack }) => attack !== 'auto').length,
  played.filter(({ honest }) => honest === 'auto').length,
  played.filter(({ honest }) => honest !== 'no').length,
  played.filter(({ pair, honest }) => isWanted(pair.honest[0], honest)).length,
];

/** Where a person is wanted, less is as good for who is honest, and more for who is not. */
const isWanted = (wanted: Wanted, answer: Answer): boolean =>
  wanted === 'no' || answer === 'auto' || (wanted === 'ask' && answer === 'step-up');

export const attacksThrough = (played: readonly Played[]): readonly string[] =>
  played
    .filter(({ pair, attack }) => attack === 'auto' || (pair.attack[0] === 'no' && attack !== 'no'))
    .map(({ domain, pair }) => `${domain}: ${pair.name}`);

export const honestHeld = (played: readonly Played[]): readonly string[] =>
  played
    .filter(({ pair, honest }) => !isWanted(pair.honest[0], honest))
    .map(({ domain, pair, honest }) => `${domain}: ${pair.name} (${honest})`);

export const byDomain = (played: readonly Played[]): Readonly<Record<string, Figures>> =>
  Object.fromEntries(
    domains.map(({ name }) => [name, figures(played.filter(({ domain }) => domain === name))]),
  );

export const byKind = (played: readonly Played[]): Readonly<Record<Kind, Figures>> =>
  Object.fromEntries(
    kinds.map((kind) => [kind, figures(played.filter(({ pair }) => pair.kind === kind))]),
  ) as Record<Kind, Figures>;

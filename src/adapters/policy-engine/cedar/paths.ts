import { nearest } from '#kernel/text/index.ts';
import type { Path } from './reads.ts';
import { agentShape, resourceShape } from './schema.ts';
import { hidesSomething, type RecordShape, type Shape } from './shape.ts';

/** A rule reads a name that its calls do not have: Cedar would take it for absent, for ever. */
export interface PathProblem {
  readonly kind: 'missing' | 'untyped';
  /** Cedar itself reports what is read; what is only asked about by `has` it lets pass. */
  readonly byHas: boolean;
  readonly message: string;
}

/** `contexts`: the shape of `context` for every target that the rule can be about. */
export function pathProblems(
  paths: readonly Path[],
  contexts: readonly RecordShape[],
): readonly PathProblem[] {
  return paths.flatMap((path) => problemOf(path, shapesOf(path.root, contexts)) ?? []);
}

function shapesOf(root: string, contexts: readonly RecordShape[]): readonly RecordShape[] {
  if (root === 'context') return contexts;
  if (root === 'resource') return [resourceShape];
  return root === 'principal' ? [agentShape] : [];
}

function problemOf(path: Path, shapes: readonly RecordShape[]): PathProblem | undefined {
  if (shapes.length === 0) return undefined;
  const places = shapes.map((shape) => follow(shape, path));
  if (places.some(({ kind }) => kind === 'untyped')) {
    return { kind: 'untyped', byHas: path.kind === 'has', message: untypedMessage(path) };
  }
  if (places.some(({ kind }) => kind === 'found')) return undefined;
  const missing = places.filter((place) => place.kind === 'missing');
  return missing.length === 0
    ? undefined
    : { kind: 'missing', byHas: path.kind === 'has', message: missingMessage(path, missing) };
}

interface Missing {
  readonly kind: 'missing';
  readonly at: number;
  readonly among: readonly string[];
}

type Place = Missing | { readonly kind: 'found' | 'untyped' | 'no-record' };

function follow(shape: RecordShape, { kind, names }: Path): Place {
  let at: Shape = shape;
  for (const [index, name] of names.entries()) {
    if (at.kind === 'untyped') return { kind: 'untyped' };
    if (at.kind !== 'record') return { kind: 'no-record' };
    const attribute = at.attributes.get(name);
    if (attribute === undefined) {
      return { kind: 'missing', at: index, among: [...at.attributes.keys()] };
    }
    at = attribute.shape;
  }
  // A value that is compared whole must be known whole.
  return { kind: kind === 'get' && hidesSomething(at) ? 'untyped' : 'found' };
}

function untypedMessage({ root, names }: Path): string {
  const path = [root, ...names].join('.');
  const last = names.at(-1) ?? '';
  return `\`${path}\` is or holds an argument that has no one type (a union, a list of objects, anything at all); rules can only ask whether it is there, such as \`${[root, ...names.slice(0, -1)].join('.')} has ${last}\``;
}

function missingMessage({ root, names }: Path, missing: readonly Missing[]): string {
  const at = Math.max(...missing.map((place) => place.at));
  const name = names[at] ?? '';
  const among = missing.filter((place) => place.at === at).flatMap((place) => place.among);
  const meant = nearest(name, among);
  const place = [root, ...names.slice(0, at)].join('.');
  return `\`${place}\` has no \`${name}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
}

import { type Comparison, readComparisons } from './filter.ts';
import { unknownAttribute } from './read-resource.ts';
import { type Attribute, attributeNamed, type ResourceSchema, withoutUrn } from './schema.ts';
import { scimProblem } from './scim-problem.ts';

/** Where a change is meant to be made: `emails[type eq "work"].value`. */
export interface PatchPath {
  readonly name: string;
  readonly attribute: Attribute;
  /** Of a list, only what is so. */
  readonly where: readonly Comparison[];
  readonly part: string | undefined;
}

/** Undefined: of something that is not kept. */
export function readPath(schema: ResourceSchema, given: string): PatchPath | undefined {
  const path = withoutUrn(schema, given.trim());
  if (path.toLowerCase().startsWith('urn:')) return undefined;
  const { head, filter, part: asked } = split(path);
  const named = attributeNamed(schema, head);
  if (named.kind === 'unknown') throw unknownAttribute(head);
  const attribute = named.kind === 'kept' ? schema.attributes[named.name] : undefined;
  if (named.kind !== 'kept' || attribute === undefined) return undefined;
  if (filter !== undefined && attribute.kind !== 'many') throw badPath();
  const part = asked === undefined ? undefined : partOf(attribute, head, asked);
  if (part === 'passed-over') return undefined;
  const where = filter === undefined ? [] : readWhere(attribute, filter);
  return { name: named.name, attribute, where, part };
}

interface Split {
  readonly head: string;
  readonly filter: string | undefined;
  readonly part: string | undefined;
}

/** `head[filter].part`. */
function split(path: string): Split {
  const open = path.indexOf('[');
  const close = path.lastIndexOf(']');
  if (open < 0 && close < 0) {
    const dot = path.indexOf('.');
    const head = dot < 0 ? path : path.slice(0, dot);
    return { head, filter: undefined, part: dot < 0 ? undefined : path.slice(dot + 1) };
  }
  const rest = path.slice(close + 1);
  if (open <= 0 || close < open || (rest !== '' && !rest.startsWith('.'))) throw badPath();
  return {
    head: path.slice(0, open),
    filter: path.slice(open + 1, close),
    part: rest === '' ? undefined : rest.slice(1),
  };
}

/** `passed-over` is no name of a part: those have no hyphen. */
function partOf(attribute: Attribute, head: string, part: string): string {
  if (attribute.kind === 'text' || attribute.kind === 'boolean') throw badPath();
  const inside = { attributes: attribute.parts, passedOver: attribute.passedOver };
  const named = attributeNamed(inside, part);
  if (named.kind === 'unknown') throw unknownAttribute(`${head}.${part}`);
  return named.kind === 'kept' ? named.name : 'passed-over';
}

function readWhere(attribute: Attribute, text: string): readonly Comparison[] {
  return readComparisons(text, 'invalidPath').map((one) => ({
    ...one,
    attribute: partOf(attribute, 'list', one.attribute),
  }));
}

function badPath(): Error {
  return scimProblem(
    'invalidPath',
    'a path is `attribute`, `attribute.part` or `attribute[part eq "value"]`',
  );
}

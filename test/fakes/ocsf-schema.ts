import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Value = string | number | boolean | null | readonly Value[] | Tree;
interface Tree {
  readonly [name: string]: Value;
}

interface Attribute {
  readonly requirement?: string;
  readonly type?: string;
  readonly is_array?: boolean;
  readonly enum?: Readonly<Record<string, unknown>>;
  readonly profile?: string | null;
}

interface PlainType {
  readonly type?: string;
  readonly regex?: string;
  readonly max_len?: number;
}

/** Written into each class by the compiler of the schema; here they are compared apart. */
const ofTheClass: ReadonlySet<string> = new Set(['class_uid', 'category_uid']);

interface Description {
  readonly name: string;
  readonly uid?: number;
  readonly extends?: string;
  readonly category?: string;
  readonly attributes: Readonly<Record<string, Attribute>> & {
    readonly $include?: readonly string[];
  };
  readonly constraints?: { readonly at_least_one?: readonly string[] };
}

/** What a schema says of one class or object, with all that it inherits and the profiles that are asked for. */
interface Shape {
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly atLeastOne: readonly string[];
}

/** Reads OCSF as its repository has it, and says what of an event is not as it says. */
export class OcsfSchema {
  readonly #folder: string;
  readonly #dictionary: Readonly<Record<string, Attribute>>;
  readonly #types: Readonly<Record<string, PlainType>>;
  readonly #events = new Map<string, Description>();

  constructor(folder: string) {
    this.#folder = folder;
    const dictionary = this.#read('dictionary.json') as unknown as {
      readonly attributes: Readonly<Record<string, Attribute>>;
      readonly types: { readonly attributes: Readonly<Record<string, PlainType>> };
    };
    this.#dictionary = dictionary.attributes;
    this.#types = dictionary.types.attributes;
    for (const room of ['', ...readdirSync(join(folder, 'events'))]) {
      const at = join('events', room);
      if (room.endsWith('.json')) continue;
      for (const file of readdirSync(join(folder, at)).filter((one) => one.endsWith('.json'))) {
        const one = this.#read(join(at, file)) as unknown as Description;
        this.#events.set(one.name, one);
      }
    }
  }

  problems(event: Tree): string[] {
    const uid = Number(event['class_uid']);
    const categories = (
      this.#read('categories.json') as unknown as {
        attributes: Record<string, { uid: number }>;
      }
    ).attributes;
    const found = [...this.#events.values()].find((one) => this.#classUid(one, categories) === uid);
    if (found === undefined) return [`no class ${uid}`];
    const metadata = event['metadata'] as Tree;
    const profiles = metadata['profiles'] as readonly string[];
    const shape = this.#shapeOf(found, profiles, (name) => this.#events.get(name));
    const activity = Number(event['activity_id']);
    const wrong = this.#against(event, shape, profiles, '');
    if (event['type_uid'] !== uid * 100 + activity) wrong.push('type_uid is of another activity');
    const category = categories[this.#categoryOf(found) ?? '']?.uid;
    if (event['category_uid'] !== category) wrong.push('category_uid is of another class');
    return wrong;
  }

  #classUid(one: Description, categories: Readonly<Record<string, { uid: number }>>): number {
    const category = categories[this.#categoryOf(one) ?? '']?.uid ?? Number.NaN;
    return category * 1_000 + (one.uid ?? Number.NaN);
  }

  #categoryOf(one: Description): string | undefined {
    const base = one.extends === undefined ? undefined : this.#events.get(one.extends);
    return one.category ?? (base === undefined ? undefined : this.#categoryOf(base));
  }

  #shapeOf(
    one: Description,
    profiles: readonly string[],
    baseOf: (name: string) => Description | undefined,
  ): Shape {
    const base = one.extends === undefined ? undefined : baseOf(one.extends);
    const inherited = base === undefined ? undefined : this.#shapeOf(base, profiles, baseOf);
    const attributes = new Map(inherited?.attributes);
    const { $include = [], ...own } = one.attributes;
    const merge = (name: string, said: Attribute): void => {
      const before = attributes.get(name) ?? this.#dictionary[name];
      const known = { ...before?.enum, ...said.enum };
      attributes.set(name, {
        ...before,
        ...said,
        ...(before?.enum || said.enum ? { enum: known } : {}),
      });
    };
    for (const file of $include) {
      const profile = this.#read(file) as unknown as Description;
      if (!profiles.includes(profile.name)) continue;
      for (const [name, said] of Object.entries(profile.attributes)) merge(name, said as Attribute);
    }
    for (const [name, said] of Object.entries(own)) merge(name, said);
    const atLeastOne = one.constraints?.at_least_one ?? inherited?.atLeastOne ?? [];
    return { attributes, atLeastOne };
  }

  #against(value: Tree, shape: Shape, profiles: readonly string[], path: string): string[] {
    const wrong: string[] = [];
    for (const [name, { requirement }] of shape.attributes) {
      if (requirement === 'required' && value[name] === undefined)
        wrong.push(`${path}${name} is missing`);
    }
    if (shape.atLeastOne.length > 0 && !shape.atLeastOne.some((one) => value[one] !== undefined)) {
      wrong.push(`${path} has none of ${shape.atLeastOne.join(', ')}`);
    }
    for (const [name, inner] of Object.entries(value)) {
      const said = shape.attributes.get(name);
      if (said === undefined) wrong.push(`${path}${name} is unknown`);
      else wrong.push(...this.#attribute(inner, said, profiles, `${path}${name}`));
    }
    return wrong;
  }

  #attribute(value: Value, said: Attribute, profiles: readonly string[], path: string): string[] {
    if (said.is_array === true) {
      if (!Array.isArray(value)) return [`${path} is no list`];
      const one = { ...said, is_array: false };
      return (value as readonly Value[]).flatMap((inner) =>
        this.#attribute(inner, one, profiles, path),
      );
    }
    if (
      !ofTheClass.has(path) &&
      said.enum !== undefined &&
      typeof value === 'number' &&
      said.enum[String(value)] === undefined
    ) {
      return [`${path} may not be ${value}`];
    }
    const type = said.type ?? 'no type';
    if (this.#types[type] !== undefined) return this.#plain(value, type, path);
    if (type === 'object') return isTree(value) ? [] : [`${path} is no object`];
    if (!isTree(value)) return [`${path} is no ${type}`];
    const objectOf = (name: string) => this.#object(name);
    const shape = this.#shapeOf(this.#object(type), profiles, objectOf);
    return this.#against(value, shape, profiles, `${path}.`);
  }

  #plain(value: Value, type: string, path: string): string[] {
    const { type: of = type, regex, max_len: most } = this.#types[type] ?? {};
    if (of === 'string_t') {
      if (typeof value !== 'string') return [`${path} is no text`];
      if (regex !== undefined && !new RegExp(regex, 'u').test(value))
        return [`${path} is no ${type}`];
      return most !== undefined && value.length > most ? [`${path} is too long`] : [];
    }
    if (of === 'boolean_t') return typeof value === 'boolean' ? [] : [`${path} is no boolean`];
    const isWhole = of === 'integer_t' || of === 'long_t';
    if (isWhole) return Number.isSafeInteger(value) ? [] : [`${path} is no whole number`];
    return of === 'json_t' || typeof value === 'number' ? [] : [`${path} is no ${of}`];
  }

  #object(name: string): Description {
    return this.#read(join('objects', `${name}.json`)) as unknown as Description;
  }

  readonly #kept = new Map<string, Tree>();
  #read(file: string): Tree {
    const known = this.#kept.get(file);
    if (known !== undefined) return known;
    const read = JSON.parse(readFileSync(join(this.#folder, file), 'utf8')) as Tree;
    this.#kept.set(file, read);
    return read;
  }
}

function isTree(value: Value): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Beside the clone, where data lie that are read and not copied; undefined where they are not. */
export function ocsfFolder(): string | undefined {
  const root = join(import.meta.dirname, '../..');
  return ['../shared', '../../shared']
    .map((place) => join(root, place, 'data/ocsf'))
    .find((folder) => existsSync(join(folder, 'dictionary.json')));
}

/** Random policies, requests and entities: well formed always, well typed mostly. One seed, one world. */
export interface Dice {
  /** From nothing to under `end`. */
  below(end: number): number;
  one<Item>(items: readonly Item[]): Item;
  chance(share: number): boolean;
}

/** Mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    one<Item>(items: readonly Item[]): Item {
      return items[below(items.length)] as Item;
    },
    chance: (share) => next() < share,
  };
}

const types = [
  'bool',
  'long',
  'string',
  'set',
  'record',
  'entity',
  'decimal',
  'ip',
  'datetime',
  'duration',
] as const;

type Type = (typeof types)[number];

/** What the context and every entity have of each type, most of the time. */
const nameOfType: Readonly<Record<Type, string>> = {
  bool: 'yes',
  long: 'count',
  string: 'text',
  set: 'list',
  record: '__proto__',
  entity: 'who',
  decimal: 'rate',
  ip: 'constructor',
  datetime: 'at time',
  duration: 'é😀',
};

const names = [...Object.values(nameOfType), 'toString', 'absent'];
const entityTypes = ['User', 'Group', 'Shop::Item', 'Action'];
const ids = ['a', 'b', '', '__proto__', '😀"\\', 'Group"a'];
const texts = [
  '',
  'a',
  'ab',
  'aab*b',
  '😀é',
  'a😀b😀',
  '*',
  '\\',
  '__proto__',
  'İ',
  'aaaa',
  '\u0000\n',
];
const longs = [
  '0',
  '1',
  '2',
  '3',
  '10',
  '86400000',
  '2147483648',
  '4503599627370497',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '3037000500',
];
const decimals = [
  '0.0',
  '-0.0',
  '1.5',
  '1.50',
  '-0.5',
  '922337203685477.5807',
  '-922337203685477.5808',
  '922337203685477.5808',
  '1.00001',
  '1',
  '01.1000',
  '99999999999999999999.0',
  '',
];
const ips = [
  '127.0.0.1',
  '127.0.0.1/32',
  '127.0.0.0/8',
  '127.0.0.0/7',
  '10.1.2.3/24',
  '10.1.2.0/24',
  '0.0.0.0/0',
  '224.0.0.1',
  '224.0.0.0/3',
  '::1',
  '::',
  '::1/127',
  'ff00::/8',
  'ff02::1',
  'fe00::/7',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::8',
  'A::a/64',
  '::ffff:1.2.3.4',
  '1.2.3.04',
  '1.2.3.4/33',
  '1.2.3.4/01',
  '::/129',
  '1::2::3',
  '12345::',
  '',
];
const datetimes = [
  '1970-01-01',
  '2024-02-29',
  '2023-02-29',
  '0000-01-01',
  '9999-12-31T23:59:59.999Z',
  '1969-12-31T23:59:59.999Z',
  '2024-01-01T00:00:00Z',
  '2024-01-01T01:30:00+0130',
  '2023-12-31T23:00:00-0100',
  '2024-01-01T00:00:00.5Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T00:00:00+2400',
  '2024-01-01T00:00:00',
  '0099-03-01',
  '',
];
const durations = [
  '0ms',
  '1ms',
  '-1ms',
  '1d',
  '-1d',
  '1d2h3m4s5ms',
  '24h',
  '86400s',
  '9223372036854775807ms',
  '-9223372036854775808ms',
  '9223372036854775808ms',
  '106751991167d',
  '106751991168d',
  '1h1d',
  '1.5h',
  '-',
  '',
];

const samples: Readonly<Record<'decimal' | 'ip' | 'datetime' | 'duration', readonly string[]>> = {
  decimal: decimals,
  ip: ips,
  datetime: datetimes,
  duration: durations,
};

/** The first few of each are of the type, so that most of what is read is well typed. */
function sample(dice: Dice, type: keyof typeof samples): string {
  const all = samples[type];
  return dice.chance(0.7) ? dice.one(all.slice(0, Math.ceil(all.length / 2))) : dice.one(all);
}

function quoted(text: string, star = '\\u{2a}'): string {
  const inside = Array.from(text, (point) => {
    if (point === '*') return star;
    return /[a-zA-Z0-9_ ]/.test(point) ? point : `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return `"${inside.join('')}"`;
}

function entityText(dice: Dice): string {
  return `${dice.one(entityTypes)}::${quoted(dice.one(ids))}`;
}

function pattern(dice: Dice): string {
  const parts = Array.from({ length: dice.below(4) }, () => {
    const text = quoted(dice.one(['', 'a', 'b', '😀', 'é', '*', 'aa', '\\', 'ab']), '\\*');
    return text.slice(1, -1);
  });
  return `"${dice.chance(0.5) ? '*' : ''}${parts.join(dice.one(['*', '*', '**', '']))}${dice.chance(0.5) ? '*' : ''}"`;
}

/** An expression that is of this type, or one time in twenty of any other. */
function expression(dice: Dice, wanted: Type, depth: number): string {
  const type = dice.chance(0.05) ? dice.one(types) : wanted;
  if (depth <= 0) return leaf(dice, type);
  const below = (of: Type) => expression(dice, of, depth - 1);
  if (dice.chance(0.12)) return `(if ${below('bool')} then ${below(type)} else ${below(type)})`;
  if (dice.chance(0.3)) return chain(dice, type, below);
  return dice.one(makers[type])(below, dice);
}

function leaf(dice: Dice, type: Type): string {
  return dice.chance(0.5) ? chain(dice, type, () => variable(dice)) : leafConstant(dice, type);
}

function leafConstant(dice: Dice, type: Type): string {
  switch (type) {
    case 'bool':
      return dice.one(['true', 'false']);
    case 'long':
      return dice.chance(0.1)
        ? '(-9223372036854775808)'
        : `(${dice.one(['', '', '-'])}${dice.one(longs)})`;
    case 'string':
      return quoted(dice.one(texts));
    case 'set':
      return '[]';
    case 'record':
      return dice.one(['{}', 'context']);
    case 'entity':
      return dice.one([variable(dice), entityText(dice)]);
    case 'decimal':
    case 'ip':
    case 'datetime':
    case 'duration':
      return `${type}(${quoted(sample(dice, type))})`;
  }
}

function variable(dice: Dice): string {
  return dice.one(['principal', 'action', 'resource']);
}

/** `context` and entities hold each type under one name; a tag is read in the same way. */
function chain(dice: Dice, type: Type, below: (of: Type) => string): string {
  const name = dice.chance(0.05) ? dice.one(names) : nameOfType[type];
  const from = dice.one(['context', 'context', 'context', variable(dice), below('entity')]);
  if (from !== 'context' && dice.chance(0.3)) return `${from}.getTag(${quoted(name)})`;
  const step = dice.chance(0.2) ? `["__proto__"]` : '';
  return `${from}${step}[${quoted(name)}]`;
}

type Maker = (below: (of: Type) => string, dice: Dice) => string;

const called =
  (name: string, of: Type, ...others: readonly Type[]): Maker =>
  (below) =>
    `${below(of)}.${name}(${others.map(below).join(', ')})`;

const made =
  (type: keyof typeof samples): Maker =>
  (below, dice) =>
    dice.chance(0.7) ? `${type}(${quoted(sample(dice, type))})` : `${type}(${below('string')})`;

/** Two of the samples beside one another: what is read wrong shows in how they compare. */
const sampled: Maker = (_below, dice) => {
  const type = dice.one(['decimal', 'ip', 'datetime', 'duration'] as const);
  const [a, b] = [0, 1].map(() => `${type}(${quoted(sample(dice, type))})`);
  if (dice.chance(0.4)) return `(${a} == ${b})`;
  if (type === 'decimal') return `${a}.${dice.one(['lessThan', 'greaterThanOrEqual'])}(${b})`;
  if (type === 'ip') return `${a}.isInRange(${b})`;
  return `(${a} ${dice.one(['<', '<=', '>', '>='])} ${b})`;
};

const makers: Readonly<Record<Type, readonly Maker[]>> = {
  bool: [
    (below) => `(${below('bool')} && ${below('bool')})`,
    (below) => `(${below('bool')} || ${below('bool')})`,
    (below) => `(${below('bool')} && ${below('bool')} && ${below('bool')})`,
    (below) => `!(${below('bool')})`,
    (below, dice) => `(${below('long')} ${dice.one(['<', '<=', '>', '>='])} ${below('long')})`,
    (below, dice) => {
      const type = dice.one(['datetime', 'duration'] as const);
      return `(${below(type)} ${dice.one(['<', '<=', '>', '>='])} ${below(type)})`;
    },
    (below, dice) => {
      const type = dice.one(types);
      return `(${below(type)} ${dice.one(['==', '!='])} ${below(type)})`;
    },
    (below, dice) => `(${below(dice.one(['record', 'entity']))} has ${quoted(dice.one(names))})`,
    (_below, dice) =>
      `(${dice.one(['context', variable(dice)])} has ${dice.one(['who', 'count', 'who.count', 'who.who.text', 'text.yes'])})`,
    (below, dice) => `(${below('string')} like ${pattern(dice)})`,
    (below, dice) => `(${below('entity')} is ${dice.one(entityTypes)})`,
    (below, dice) =>
      `(${below('entity')} is ${dice.one(entityTypes)} in ${below(dice.one(['entity', 'set']))})`,
    (below, dice) =>
      `(${below('entity')} in ${dice.one([below('entity'), below('set'), `[${entityText(dice)}, ${entityText(dice)}]`])})`,
    (below, dice) => called('contains', 'set', dice.one(types))(below, dice),
    called('containsAll', 'set', 'set'),
    called('containsAny', 'set', 'set'),
    called('isEmpty', 'set'),
    called('hasTag', 'entity', 'string'),
    (below, dice) =>
      `${below('decimal')}.${dice.one(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])}(${below('decimal')})`,
    (below, dice) =>
      `${below('ip')}.${dice.one(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}()`,
    called('isInRange', 'ip', 'ip'),
    sampled,
    sampled,
    sampled,
  ],
  long: [
    (below, dice) => `(${below('long')} ${dice.one(['+', '-', '*'])} ${below('long')})`,
    (below) => `(-(${below('long')}))`,
    (below, dice) =>
      `${below('duration')}.${dice.one(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])}()`,
  ],
  string: [(_below, dice) => quoted(dice.one(texts))],
  set: [
    (below, dice) => {
      const type = dice.one(types);
      return `[${Array.from({ length: dice.below(4) }, () => below(type)).join(', ')}]`;
    },
    (below, dice) => `[${below(dice.one(types))}, ${below(dice.one(types))}]`,
    (_below, dice) => `[${Array.from({ length: 12 }, () => `(${dice.one(longs)})`).join(', ')}]`,
  ],
  record: [
    (below, dice) => {
      const given = names.filter(() => dice.chance(0.15));
      const members = given.map((name) => `${quoted(name)}: ${below(typeNamed(name, dice))}`);
      return `{${members.join(', ')}}`;
    },
  ],
  entity: [(_below, dice) => entityText(dice), (_below, dice) => variable(dice)],
  decimal: [made('decimal')],
  ip: [made('ip')],
  datetime: [
    made('datetime'),
    called('offset', 'datetime', 'duration'),
    called('toDate', 'datetime'),
  ],
  duration: [
    made('duration'),
    called('durationSince', 'datetime', 'datetime'),
    called('toTime', 'datetime'),
  ],
};

function typeNamed(name: string, dice: Dice): Type {
  return types.find((type) => nameOfType[type] === name) ?? dice.one(types);
}

/** The text of one policy. */
export function randomPolicy(dice: Dice, effects: readonly string[]): string {
  const clauses = Array.from({ length: dice.one([0, 1, 1, 1, 1, 2]) }, () => {
    const kind = dice.one(['when', 'when', 'when', 'unless']);
    const body = expression(dice, 'bool', dice.below(5));
    return ` ${kind} { ${dice.chance(0.25) ? `${firstTest(dice)} && ${body}` : body} }`;
  });
  const head = [scope(dice, 'principal'), actionScope(dice), scope(dice, 'resource')].join(', ');
  return `${dice.one(effects)}(${head})${clauses.join('')};`;
}

/** Whether one thing is one value: rules that begin so are found by it. */
function firstTest(dice: Dice): string {
  const type = dice.one(['long', 'string', 'bool'] as const);
  const name = nameOfType[type];
  const from = dice.one(['context', 'context', variable(dice)]);
  const read = `${from}[${quoted(dice.chance(0.9) ? name : dice.one(names))}]`;
  const constant = leafConstant(dice, dice.chance(0.9) ? type : dice.one(types));
  return dice.chance(0.8) ? `${read} == ${constant}` : `${constant} == ${read}`;
}

function scope(dice: Dice, name: string): string {
  if (dice.chance(0.88)) return name;
  const type = dice.one(entityTypes);
  const one = entityText(dice);
  const limits = [` == ${one}`, ` in ${one}`, ` is ${type}`, ` is ${type} in ${one}`];
  return `${name}${dice.one(limits)}`;
}

function actionScope(dice: Dice): string {
  if (dice.chance(0.85)) return 'action';
  const one = () => `Action::${quoted(dice.one(ids))}`;
  const several = Array.from({ length: dice.below(4) }, one);
  return dice.one([
    `action == ${one()}`,
    `action in ${one()}`,
    `action in [${several.join(', ')}]`,
  ]);
}

type Members = Record<string, unknown>;

export interface RandomUid {
  readonly type: string;
  readonly id: string;
}

export function randomUid(dice: Dice, of: readonly string[] = entityTypes): RandomUid {
  return { type: dice.one(of), id: dice.one(ids) };
}

export function randomAction(dice: Dice): RandomUid {
  return randomUid(dice, dice.chance(0.95) ? ['Action'] : entityTypes);
}

/** No longs beyond 53 bits: the wasm takes none from JSON. Policies have them. */
function randomValue(dice: Dice, type: Type, depth: number): unknown {
  switch (type) {
    case 'bool':
      return dice.chance(0.5);
    case 'long':
      return dice.one([
        0,
        1,
        -1,
        2,
        3,
        10,
        86_400_000,
        2 ** 53 - 1,
        1 - 2 ** 53,
        2 ** 31,
        2 ** 52 + 1,
      ]);
    case 'string':
      return dice.one([...texts, ...ips, ...decimals, ...datetimes, ...durations]);
    case 'set': {
      const inner = dice.one(types);
      const length = dice.one([0, 1, 2, 3, 12]);
      return Array.from({ length: depth > 0 ? length : 0 }, () =>
        randomValue(dice, dice.chance(0.8) ? inner : dice.one(types), depth - 1),
      );
    }
    case 'record':
      return depth > 0 ? randomMembers(dice, depth - 1, 0.6) : {};
    case 'entity':
      return { __entity: randomUid(dice) };
    case 'decimal':
    case 'ip':
    case 'datetime':
    case 'duration': {
      const all = samples[type];
      // Only what can be read: one value that cannot refuses the whole request.
      return { __extn: { fn: type, arg: dice.one(all.slice(0, readable[type])) } };
    }
  }
}

const readable = { decimal: 7, ip: 18, datetime: 2, duration: 10 } as const;

/** Defined, as `__proto__` is one of the names; each of them is there with this chance. */
export function randomMembers(dice: Dice, depth = 2, share = 0.85): Members {
  const members: Members = {};
  for (const name of names) {
    if (name === 'absent' || !dice.chance(share)) continue;
    const type = dice.chance(0.08) ? dice.one(types) : typeNamed(name, dice);
    const value = randomValue(dice, type, depth);
    Object.defineProperty(members, name, { value, enumerable: true, configurable: true });
  }
  return members;
}

/** Some of all that can be named, above one another in no circle. */
export function randomEntities(dice: Dice): readonly Members[] {
  const all = entityTypes.flatMap((type) => ids.map((id) => ({ type, id })));
  // Few and small: reading them is what the reference engine takes longest for.
  const there = all.filter(() => dice.chance(0.35));
  return there.map((uid, at) => ({
    uid,
    attrs: randomMembers(dice, 1, 0.5),
    // Only those that come later, and that are of a kind that actions can be in.
    parents: there
      .slice(at + 1)
      .filter(({ type }) => (uid.type === 'Action') === (type === 'Action'))
      .filter(() => dice.chance(0.3)),
    ...(dice.chance(0.5) ? { tags: randomMembers(dice, 0, 0.4) } : {}),
  }));
}

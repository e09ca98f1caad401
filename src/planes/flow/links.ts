/** A dot, also as people write it who want no link: `evil[.]example`, `evil dot example`. */
const plainDot = String.raw`[.。．]`;
const speltDot = String.raw`\s?[[({<]\s?(?:[.。．]|dot|punkt)\s?[\])}>]\s?|\s{1,3}dot\s{1,3}`;
const label = String.raw`[\p{L}\p{N}\p{M}_-]{1,63}`;
const rest = String.raw`[^\s<>"'${'`'}()[\]{}]{1,2048}`;

// Each bounded, without one repetition inside another: linear in hostile text. They are tried only where a mark of theirs stands.
const withScheme = new RegExp(String.raw`[a-z][a-z0-9+.-]{1,15}:\/\/${rest}`, 'iuy');
const host = new RegExp(
  String.raw`${label}(?:${plainDot}${label}){1,6}(?::\d{1,5})?(?:[/?#]${rest}|\/)?`,
  'iuy',
);
const spelt = new RegExp(
  String.raw`(?<![\p{L}\p{N}@\\._-])${label}(?:(?:${plainDot}|${speltDot})${label}){1,6}(?:[/?#]${rest})?`,
  'giu',
);
const speltDots = new RegExp(speltDot, 'giu');
const hasSpeltDot = new RegExp(speltDot, 'iu');

/** Ends of names that browsers and chats make links of by themselves, and that no file has. */
const ends = new Set(
  `com net org edu gov mil int info biz name pro io ai app dev co me tv xyz online site store shop club top live link click cloud page
  web wiki blog news tech art agency email group media network space website world
  eu us uk de fr es it nl be at ch se no dk fi pl cz pt ie gr hu ro bg ru ua by tr il in cn jp kr tw hk sg au nz ca mx br ar cl za
  ly gl gg to cc example test invalid localhost onion local internal`
    .trim()
    .split(/\s+/),
);

/** Of these the ones that are words: behind a spelt dot, or with a capital, they are no end of a name. */
const words = new Set([
  'it',
  'is',
  'in',
  'be',
  'at',
  'no',
  'me',
  'us',
  'to',
  'is',
  'by',
  'de',
  'es',
]);

const endMarks = /[.,;:!?…]{1,8}$/u;

interface Link {
  readonly index: number;
  readonly raw: string;
  readonly url: string;
}

/** Every link of a text, with a scheme and without one, from whichever form it has. */
export function* linksIn(text: string, mayLook: () => boolean): Generator<Link> {
  // First: what follows would take a part of it.
  if (mayBeSpelt.test(text)) yield* speltIn(text, mayLook);
  if (text.includes('://')) yield* foundAt(text, aScheme, mayLook);
  if (text.includes('.')) yield* foundAt(text, aHost, mayLook);
  if (otherDots.test(text)) yield* hostsOfOtherDots(text, mayLook);
}

const mayBeSpelt = /[[({<]\s?(?:[.。．]|dot|punkt)|\sdot\s/i;
const otherDots = /[。．]/u;

function* speltIn(text: string, mayLook: () => boolean): Generator<Link> {
  for (const { 0: raw, index } of text.matchAll(spelt)) {
    if (!mayLook()) return;
    const url = hasSpeltDot.test(raw) ? hostForm(raw.replace(speltDots, '.'), true) : undefined;
    if (url !== undefined) yield { index, raw, url };
  }
}

/** At each mark, from where a link with it would begin; never twice in what was found already. */
function* foundAt(
  text: string,
  { mark, before, pattern, form }: Kind,
  mayLook: () => boolean,
): Generator<Link> {
  let from = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, Math.max(at + 1, from))) {
    const index = before(text, at, from);
    if (index >= at) continue;
    if (!mayLook()) return;
    pattern.lastIndex = index;
    const raw = pattern.exec(text)?.[0];
    if (raw === undefined) continue;
    from = index + raw.length;
    const url = form(text, index, raw);
    if (url !== undefined) yield { index, raw, url };
  }
}

function* hostsOfOtherDots(text: string, mayLook: () => boolean): Generator<Link> {
  const plain = text.replace(/[。．]/gu, '.');
  for (const link of foundAt(plain, aHost, mayLook)) {
    yield { ...link, raw: text.slice(link.index, link.index + link.raw.length) };
  }
}

interface Kind {
  readonly mark: string;
  /** Where it would begin; the mark itself where it does not. */
  readonly before: (text: string, at: number, from: number) => number;
  readonly pattern: RegExp;
  readonly form: (text: string, index: number, raw: string) => string | undefined;
}

const aScheme: Kind = {
  mark: '://',
  before: schemeBefore,
  pattern: withScheme,
  form: (_text, _index, raw) => urlForm(raw.replace(/^hxxp/iu, 'http')),
};
const aHost: Kind = { mark: '.', before: hostBefore, pattern: host, form: hostAt };

const inScheme = /[a-z0-9+.-]/i;
const inHost = /[\p{L}\p{N}\p{M}_.-]/u;

function schemeBefore(text: string, at: number, from: number): number {
  let begin = at;
  while (begin > from && at - begin < 16 && inScheme.test(text[begin - 1] ?? '')) begin -= 1;
  while (begin < at && !/[a-z]/i.test(text[begin] ?? '')) begin += 1;
  return begin;
}

/** `at` itself where no host is: behind an address, in a path, or where nothing follows the dot. */
function hostBefore(text: string, at: number, from: number): number {
  if (!inHost.test(text[at + 1] ?? '')) return at;
  let begin = at;
  while (begin > from && at - begin < 256 && inHost.test(text[begin - 1] ?? '')) begin -= 1;
  while (begin < at && /[._-]/.test(text[begin] ?? '')) begin += 1;
  return /[@/\\]/.test(text[begin - 1] ?? '') ? at : begin;
}

/** With a path behind it anything with a dot is a host; alone it could be a file, a version or the end of a sentence. */
function hostAt(text: string, index: number, raw: string): string | undefined {
  const bare = raw.replace(endMarks, '');
  const next = text[index + raw.length] ?? '';
  if (/[/?#]./u.test(bare)) return /\p{L}/u.test(lastLabel(bare)) ? urlForm(bare) : undefined;
  return /[\p{L}\p{N}@_-]/u.test(next) ? undefined : hostForm(bare, false);
}

function hostForm(raw: string, isSpelt: boolean): string | undefined {
  const bare = raw.replace(endMarks, '');
  const isHost = /^www\./i.test(bare) || isEnd(lastLabel(bare), isSpelt);
  return isHost ? urlForm(bare) : undefined;
}

function lastLabel(bare: string): string {
  return /^[^/?#:]*[.。．]([^/?#:.。．]+)/u.exec(bare)?.[1] ?? '';
}

function isEnd(last: string, isSpelt: boolean): boolean {
  const lower = last.toLowerCase();
  if (!ends.has(lower)) return lower.startsWith('xn--');
  return !words.has(lower) || (!isSpelt && !/^\p{Lu}\p{Ll}/u.test(last));
}

/** As a browser reads it; whether by http or https makes no difference to where it leads. */
export function urlForm(raw: string): string | undefined {
  const bare = raw.toWellFormed().trim().replace(endMarks, '');
  // A host with a port is no scheme.
  const whole = /^[a-z][a-z0-9+.-]*:(?!\d)/iu.test(bare) ? bare : `http://${bare}`;
  if (!URL.canParse(whole)) return undefined;
  const { protocol, username, password, host: at, pathname, search, hash } = new URL(whole);
  if (at === '') return undefined;
  const user = username + password === '' ? '' : `${username}:${password}@`;
  const scheme = protocol === 'http:' || protocol === 'https:' ? '' : protocol;
  const path = pathname === '/' && search + hash === '' ? '' : pathname;
  return `${scheme}${user}${at}${path}${search}${hash}`;
}

/** Of the form of a link: where it leads, and what it says there. */
export interface UrlParts {
  readonly host: string;
  /** Names and values of its path and its query, decoded; a part that cannot be decoded stands as it is. */
  readonly said: readonly string[];
}

/** Undefined: there is something in it by which nobody can tell where it leads, such as a user in front of the host. */
export function partsOf(url: string): UrlParts | undefined {
  const whole = `http://${url}`;
  if (!URL.canParse(whole)) return undefined;
  const { hostname, username, password, pathname, search, hash } = new URL(whole);
  if (username + password !== '' || hostname === '') return undefined;
  const query = `${search.slice(1)}&${hash.slice(1)}`.split(/[&;=]/u);
  const said = [pathname, ...query].map(decoded);
  return { host: hostname, said: said.filter((part) => part.replace(/\//gu, '') !== '') };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

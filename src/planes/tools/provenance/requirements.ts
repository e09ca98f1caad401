/** Longest text of requirements, and most lines of it. */
export const requirementBounds = { characters: 262_144, lines: 1_000 } as const;

interface Requirement {
  readonly name: string;
  readonly version: string;
  /** As pip reads it. */
  readonly line: string;
}

const spec =
  /^([A-Za-z0-9][A-Za-z0-9._-]{0,127})(\[[A-Za-z0-9._,-]{1,256}\])?==([0-9][0-9A-Za-z.+!-]{0,63})$/;
const marker = /^[\w .,<>=!~'"()-]{1,512}$/;
const digest = /^sha256:[0-9a-f]{64}$/;

/**
 * What `uv pip compile --generate-hashes` writes, as lines of one form; or what is wrong with it. INVARIANT: a line
 * is one exact version with its digests: no option, no address, no file, no range.
 */
export function readRequirements(text: string): readonly Requirement[] | string {
  const lines = text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  const read = lines.map(requirementIn);
  const wrong = read.findIndex((one) => one === undefined);
  if (wrong >= 0) {
    return `line ${wrong + 1} is no \`NAME==VERSION --hash=sha256:…\`: \`${(lines[wrong] ?? '').slice(0, 80)}\``;
  }
  return read.filter((one) => one !== undefined);
}

function requirementIn(line: string): Requirement | undefined {
  const [head = '', ...digests] = line.split(' --hash=').map((one) => one.trim());
  const [what = '', when, ...more] = head.split(';').map((one) => one.trim());
  const [, name, extras = '', version] = spec.exec(what) ?? [];
  if (name === undefined || version === undefined || more.length > 0) return undefined;
  if (when !== undefined && !marker.test(when)) return undefined;
  if (digests.length === 0 || !digests.every((one) => digest.test(one))) return undefined;
  const condition = when === undefined ? '' : ` ; ${when}`;
  const hashes = digests.map((one) => ` --hash=${one}`).join('');
  return { name, version, line: `${name}${extras}==${version}${condition}${hashes}` };
}

/** As PyPI compares names. */
export function sameProject(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

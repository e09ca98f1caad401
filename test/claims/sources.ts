import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../..', import.meta.url);

/** Files of the product, and files that test it. The pins and these claims name everything: they prove nothing. */
export interface Sources {
  readonly product: ReadonlyMap<string, string>;
  readonly tests: ReadonlyMap<string, string>;
}

export function readSources(): Sources {
  const paths = ['src', 'sdk', 'test', 'examples'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path}`)
      .filter((path) => path.endsWith('.ts')),
  );
  const product = new Map<string, string>();
  const tests = new Map<string, string>();
  for (const path of paths) {
    if (path.startsWith('test/claims/') || path.startsWith('test/pins/')) continue;
    const text = withoutComments(readFileSync(new URL(path, root), 'utf8'));
    const isTest = path.startsWith('test/') || /\.(test|suite)\.ts$/.test(path);
    (isTest ? tests : product).set(path, text);
  }
  return { product, tests };
}

/** What a comment says about a thing is no use of it. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, '$1');
}

/** Paths of the files in which `pattern` stands, those of `except` apart. */
export function filesWith(
  files: ReadonlyMap<string, string>,
  pattern: RegExp,
  except: readonly string[] = [],
): string[] {
  return [...files]
    .filter(([path, text]) => !except.includes(path) && pattern.test(text))
    .map(([path]) => path);
}

export function quoted(text: string): RegExp {
  return new RegExp(`['"\`]${text.replace(/[.\-/]/g, '\\$&')}['"\`]`);
}

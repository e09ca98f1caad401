import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scripts } from './scripts.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-completion-'));
  const flags = '--no-turbo-inline-js-wasm-calls --disable-warning=ExperimentalWarning';
  const launcher = `#!/bin/sh\nexec '${process.execPath}' ${flags} '${main}' "$@"\n`;
  writeFileSync(join(folder, 'bailiwick'), launcher, { mode: 0o755 });
  for (const [shell, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, `it.${shell}`), script);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = () => ({ PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder });
const run = (shell: string, args: readonly string[]): string =>
  execFileSync(shell, args, { cwd: folder, env: env(), encoding: 'utf8' });

/** What this shell proposes for a line that ends where it is being written. */
const shells: Readonly<Record<string, (line: readonly string[]) => string[]>> = {
  bash: (line) => {
    const words = line.map((word) => `'${word}'`).join(' ');
    const text = `. ./it.bash; COMP_WORDS=(bailiwick ${words}); COMP_CWORD=${line.length}; _bailiwick 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['-c', text]).split('\n').filter(Boolean);
  },
  fish: (line) => {
    const text = `source ./it.fish; complete -C 'bailiwick ${line.join(' ')}'`;
    return run('fish', ['-c', text])
      .split('\n')
      .filter(Boolean)
      .map((one) => one.split('\t')[0] ?? '');
  },
};
const places = (process.env['PATH'] ?? '').split(':');
const isThere = (shell: string) => places.some((place) => existsSync(join(place, shell)));

for (const [shell, propose] of Object.entries(shells)) {
  (isThere(shell) ? describe : () => undefined)(`the completion of ${shell}`, () => {
    it('proposes verbs, flags and values as the command line knows them', () => {
      expect(propose(['approval', ''])).toEqual(expect.arrayContaining(['list', 'approve']));
      expect(propose(['approval', 'list', '--al'])).toEqual(['--all']);
      expect(propose(['approval', 'list', '-o', 'j'])).toEqual(['json']);
    });

    it('proposes no names, and says nothing, where nothing runs', () => {
      expect(propose(['agent', 'suspend', 'nobody-'])).toEqual([]);
    });
  });
}

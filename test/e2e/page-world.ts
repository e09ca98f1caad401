import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled, stopChild } from './instance.ts';
import { type Block, fileOf, reasonNotToRun } from './page-blocks.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the launcher itself sends to the program that knows the kinds of documents. */
const ofDocuments = /^ {2}([a-z |]+)\) run src\/programs\/documents\/main\.ts/m.exec(
  readFileSync(join(root, 'bailiwick'), 'utf8'),
)?.[1];

/** As the launcher does once everything is installed; what it does before has a test of its own. */
const launcher = `#!/bin/sh
command=\${1:-help}
[ $# -gt 0 ] && shift
case $command in
  up | demo | connect) entry=src/programs/$command/main.ts ;;
  ${ofDocuments}) entry=src/programs/documents/main.ts; set -- "$command" "$@" ;;
  *) entry=src/cli/main.ts; set -- "$command" "$@" ;;
esac
exec '${process.execPath}' --no-turbo-inline-js-wasm-calls --disable-warning=ExperimentalWarning \\
  "${root}/$entry" "$@"
`;

/** The page's ports may be taken by somebody's own instance. */
const freePorts = { BAILIWICK_GATEWAY: '127.0.0.1:0', BAILIWICK_CONTROL: '127.0.0.1:0' };

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

type Items = readonly Record<string, unknown>[];

/** A clone as a newcomer has it, in a home where nothing is yet, and whoever types what a page prints. */
export class PageWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'bailiwick-page-'));
  /** What was said beside the output, by the product and by commands. */
  said = '';
  #product: ChildProcess | undefined;
  #as = '';
  readonly #credentials = new Map<string, string>();

  constructor() {
    for (const part of ['examples', 'sdk', 'src', 'verifier', 'node_modules', 'package.json']) {
      symlinkSync(join(root, part), join(this.folder, part));
    }
    writeFileSync(join(this.folder, 'bailiwick'), launcher, { mode: 0o755 });
    mkdirSync(join(this.folder, 'home'));
  }

  async close(): Promise<void> {
    if (this.#product !== undefined) await stopChild(this.#product);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Whoever reads the page: with the credential that an admin was shown for them, if they have one. */
  readAs(name: string): void {
    this.#as = name;
  }

  get #environment(): Record<string, string> {
    const credential = this.#credentials.get(this.#as);
    return {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: join(this.folder, 'home'),
      NODE_COMPILE_CACHE: compiled,
      ...(credential === undefined ? {} : { BAILIWICK_CREDENTIAL: credential }),
    };
  }

  #spawn(text: string, more: Record<string, string> = {}): ChildProcess {
    const env = { ...this.#environment, ...more };
    return spawn('sh', ['-euc', text], { cwd: this.folder, env });
  }

  run(text: string): Promise<Ran> {
    const child = this.#spawn(text);
    let [out, error] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (error += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, error })));
  }

  async told(command: string): Promise<Record<string, unknown>> {
    const { code, out, error } = await this.run(`./bailiwick ${command} -o json`);
    if (code !== 0) throw new Error(`${command}: ${out}${error}`);
    return JSON.parse(out) as Record<string, unknown>;
  }

  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (let tries = 0; !(await holds()); tries += 1) {
      if (tries > 1_000) throw new Error(`it did not come true: ${what}\n${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Runs, writes or skips a block as its page says; what it printed, where it was run. */
  async play(block: Block): Promise<string | undefined> {
    const file = fileOf(block);
    if (file !== undefined) return this.#write(block, file);
    if (block.language !== 'sh' || reasonNotToRun(block) !== undefined) return undefined;
    return this.#runBlock(block);
  }

  async #runBlock(block: Block): Promise<string> {
    if (block.text.startsWith('# in a terminal of its own\n')) {
      await this.#start(block.text.split('\n')[1] ?? '');
      return '';
    }
    const { code, out, error } = await this.run(await this.#filled(block.text));
    if (code !== 0) throw new Error(`line ${block.line} ended with ${code}: ${out}${error}`);
    this.said += error;
    this.#noteCredentials(block.text, out);
    return out;
  }

  async #start(command: string): Promise<void> {
    this.#product = this.#spawn(`exec ${command}`, freePorts);
    const heard = (chunk: Buffer) => (this.said += chunk.toString());
    this.#product.stdout?.on('data', heard);
    this.#product.stderr?.on('data', heard);
    const place = join(this.folder, 'home', '.bailiwick', 'data', 'run', 'instance.json');
    await this.until('it is up', () => existsSync(place));
    const link = join(this.folder, 'home', '.bailiwick', 'data', 'run', 'setup-link');
    const printed = readFileSync(link, 'utf8').trim();
    await this.until('it prints the link', () => this.said.includes(printed));
  }

  /** Credentials are shown once, in the order in which people were added. */
  #noteCredentials(text: string, out: string): void {
    const names = [...text.matchAll(/person add (\S+)/g)].map(([, name = '']) => name);
    const shown = [...out.matchAll(/^credential +(\S+)$/gm)].map(
      ([, credential = '']) => credential,
    );
    for (const [at, name] of names.entries()) {
      const credential = shown[at];
      if (credential === undefined) throw new Error(`no credential of ${name} in: ${out}`);
      this.#credentials.set(name, credential);
    }
  }

  /** A word in capitals stands for what the list before it has shown. */
  async #filled(text: string): Promise<string> {
    let whole = text;
    if (/approval (approve|show|reject) ID\b/.test(text)) {
      const lists = whole.slice(0, whole.search(/\.\/bailiwick approval (approve|show|reject) ID/));
      const before = await this.run(lists);
      if (before.code !== 0) throw new Error(before.out + before.error);
      const { approvals } = await this.told('approval list');
      whole = whole.slice(lists.length).replaceAll('ID', String((approvals as Items)[0]?.['id']));
    }
    if (whole.includes('RECORD')) {
      const { records } = await this.told('audit tail');
      const record = (records as Items)[0]?.['record'] as { readonly id: string };
      whole = whole.replaceAll('RECORD', record.id);
    }
    return whole;
  }

  /** A document is written where its first line says; in the folder that is watched, it comes into force. */
  async #write(block: Block, file: string): Promise<undefined> {
    const configuration = async () => {
      const status = await this.told('status');
      const number = (status['snapshot'] as Record<string, unknown>)['number'];
      const items = status['readiness'] as Items;
      const isGreen = items.some(
        ({ item, state }) => item === 'configuration' && state === 'green',
      );
      return { number: Number(number), isGreen };
    };
    const isWatched = this.#product !== undefined && file.startsWith('documents/');
    const before = isWatched ? await configuration() : undefined;
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), block.text);
    if (before === undefined) return;
    await this.until(`${file} is in force`, async () => {
      const now = await configuration();
      return now.isGreen && now.number > before.number;
    });
  }
}

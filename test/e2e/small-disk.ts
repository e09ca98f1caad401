import { spawn, spawnSync } from 'node:child_process';

/** Why there can be no disk of our own here; undefined when there can. */
export function noDiskBecause(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has private mounts';
  if (process.getuid?.() !== 0) return 'only root may mount';
  const tried = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']);
  return tried.status === 0
    ? undefined
    : 'this machine lets nobody mount in a namespace of his own';
}

/**
 * Runs a program whose folder is a disk of so many MiB, in memory, seen by nobody else and gone with
 * it; what it wrote to its output, as JSON.
 */
export async function runOnSmallDisk(
  program: string,
  folder: string,
  mebibytes: number,
): Promise<Readonly<Record<string, unknown>>> {
  const mount = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$0" && exec "$@"`;
  const node = [process.execPath, ...process.execArgv, program, folder];
  const child = spawn('unshare', ['-m', 'sh', '-c', mount, folder, ...node], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}\n${said}\n${told}`);
  return JSON.parse(said) as Record<string, unknown>;
}

import { readFileSync, rmSync } from 'node:fs';
import { startInstance, type Instance } from '../test/e2e/instance.ts';
import { childOf, lives, runningChildOf } from '../test/e2e/processes.ts';

const kills = Number(process.argv[2] ?? 10);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a gateway, and the whole supervisor, are away after a kill -9. */
async function main(): Promise<void> {
  let instance = await startInstance();
  const gateway: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < kills; i += 1) {
    const away = await killGateway(instance);
    gateway.push(away.ms);
    cpu.push(away.cpuMs);
  }
  const supervisor: number[] = [];
  for (let i = 0; i < kills; i += 1) {
    const { folder, credential, pid } = instance;
    const programs = ['control/main.ts', 'gateway/main.ts'].map((file) => childOf(pid, file));
    await instance.stop('SIGKILL');
    while (programs.some(lives)) await pause(5);
    const started = performance.now();
    instance = await startInstance({ folder, credential });
    await answers(instance.gateway);
    supervisor.push(performance.now() - started);
  }
  process.stdout.write(
    `${JSON.stringify({
      kills,
      gatewayBackMs: middle(gateway),
      gatewayCpuMs: middle(cpu),
      supervisorBackMs: middle(supervisor),
    })}\n`,
  );
  await instance.stop();
  rmSync(instance.folder, { recursive: true, force: true });
}

async function killGateway(instance: Instance): Promise<{ ms: number; cpuMs: number }> {
  const pid = childOf(instance.pid, 'gateway/main.ts');
  const started = performance.now();
  process.kill(pid, 'SIGKILL');
  while ([undefined, pid].includes(runningChildOf(instance.pid, 'gateway/main.ts'))) await pause(2);
  await answers(instance.gateway);
  return {
    ms: performance.now() - started,
    cpuMs: cpuOf(childOf(instance.pid, 'gateway/main.ts')),
  };
}

/** Any answer of the gateway will do: it listens only when it can judge a call. */
async function answers(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => undefined);
    if (answer !== undefined) {
      await answer.text();
      return;
    }
    await pause(5);
  }
}

/** User and system time of a process so far; the kernel counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

await main();

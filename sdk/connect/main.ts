import { parseConnect, type ConnectOptions } from './options.ts';
import { runBridge } from './run.ts';

/** 3 refused · 4 usage · 5 not running, as the command line has it. */
const exitCodes: Readonly<Record<string, number>> = { 'cli/usage': 4, 'cli/not-running': 5 };

/** `connect` as a process of its own: its words, then its streams until the client ends. */
export async function connectProcess(argv: readonly string[]): Promise<void> {
  try {
    await bridgeProcess(parseConnect(argv, process.env));
    process.exit(0);
  } catch (fault) {
    process.stderr.write(problemText(fault));
    process.exit(exitCodes[codeOf(fault)] ?? 3);
  }
}

export async function bridgeProcess(options: ConnectOptions): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.once(signal, () => resolve());
  });
  const { stdin, stdout, stderr } = process;
  await runBridge(options, { stdin, stdout, stderr, asked });
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'gateway/internal';
}

function problemText(fault: unknown): string {
  const message = fault instanceof Error ? fault.message : 'unknown fault';
  const todo =
    fault instanceof Error && 'suggestedAction' in fault ? String(fault.suggestedAction) : '';
  const lines = [
    `error: ${message} (${codeOf(fault)})`,
    ...(todo === '' ? [] : [`what to do: ${todo}`]),
  ];
  return `${lines.join('\n')}\n`;
}

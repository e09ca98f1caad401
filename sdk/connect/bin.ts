#!/usr/bin/env node
import { connectProcess } from './main.ts';
import { connectHelp, onlyPrints, parseConnect } from './options.ts';
import { snippetFor } from './snippets.ts';

// The bridge where there is no clone: `npx -y @bailiwick/sdk connect --agent NAME`.
const words = process.argv.slice(2);
const argv = words[0] === 'connect' ? words.slice(1) : words;

function print(): void {
  if (!argv.some((word) => word.startsWith('--print')))
    return void process.stdout.write(connectHelp());
  const { print: client, ...rest } = parseConnect(argv, process.env);
  const { agent, server, control, gateway, ca } = rest;
  const named = { agent, client, server, control, gateway, ca };
  const flags = Object.entries(named).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, value],
  );
  const start = { command: 'npx', args: ['-y', '@bailiwick/sdk', 'connect', ...flags] };
  const { files, text, next } = snippetFor(client ?? '', start);
  process.stdout.write(`${files.join('\n')}\n\n${text}\n${next}\n`);
}

if (onlyPrints(argv)) print();
else await connectProcess(argv);

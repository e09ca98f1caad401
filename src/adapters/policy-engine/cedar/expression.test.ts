import { createRequire } from 'node:module';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { readExpression } from './expression.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

function read(condition: string) {
  const answer = cedar.policyToJson(
    `permit(principal, action == Action::"a/b", resource) when { ${condition} };`,
  );
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  return readExpression(answer.json);
}

describe('what a rule reads', () => {
  it.each([
    ['context.time > 5', true],
    ['context has time', true],
    ['context has time.hour', true],
    ['context == {time: 5}', true],
    ['[context].contains(context)', true],
    ['(if context.binding == "x" then context else context).time > 5', true],
    ['{a: context}.a.time > 5', true],
    ['context.input.time > 5', false],
    ['context has input.time', false],
    ['context.labels.contains("time")', false],
    ['resource.time == 5', false],
    ['true', false],
  ])('%s: the time of the call: %s', (condition, readsTime) => {
    expect(read(condition).readsTime).toBe(readsTime);
  });

  it.each([
    ['context.a == 9007199254740991', false],
    ['context.a == -9007199254740991', false],
    ['context.a == 9007199254740992', true],
    ['context.a == 9223372036854775807', true],
    ['context.a == -9223372036854775808', true],
  ])('%s has an integer that JavaScript cannot hold: %s', (condition, unsafe) => {
    expect(read(condition).unsafeInteger).toBe(unsafe);
  });

  it('finds every action that is named', () => {
    const condition = 'action in [Action::"c/d", Action::"call"] || action == Action::"e/f"';
    expect([...read(condition).actions].sort()).toEqual(['a/b', 'c/d', 'call', 'e/f']);
  });
});

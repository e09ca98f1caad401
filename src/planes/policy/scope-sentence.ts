import type { ScopeFacts } from '#kernel/decision.ts';
import { visibleText } from '#kernel/text/index.ts';

/** Which of its values lead out of the scope of its data; never a value. */
export function scopeSentence({ outside }: ScopeFacts): string {
  const names = [...new Set(outside.map(({ argument }) => `\`${plain(argument)}\``))];
  return `${names.join(', ')} leads outside of the scope of data of this agent`;
}

function plain(name: string): string {
  return visibleText(name, { maxLength: 200 }).replaceAll('`', '\\u{60}');
}

import OpenAI, { APIError } from 'openai';

/** Asks a model through the gateway and prints its words as they come; nothing in it knows Bailiwick. */
const [model = '', question = ''] = process.argv.slice(2);
const client = new OpenAI({
  baseURL: process.env['OPENAI_BASE_URL'],
  apiKey: process.env['OPENAI_API_KEY'],
});

try {
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: question }],
    stream: true,
  });
  for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  process.stdout.write('\n');
} catch (fault) {
  if (!(fault instanceof APIError)) throw fault;
  process.stderr.write(`refused: ${fault.code} (${fault.message})\n`);
  process.exitCode = 1;
}

/** A small estate over one fake tool server; what most end-to-end tests run on. */
export function estate(url: string, extra = ''): Record<string, string> {
  return {
    'estate.yaml': `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: does the work of the tests, manifest: work, rate: { perMinute: 600000, burst: 100000 } }
---
kind: Agent
name: reader
spec: { owner: ada@example.com, purpose: reads only, manifest: reading }
---
kind: Manifest
name: work
spec:
  tools:
    - tool: fake/echo
    - tool: fake/add
    - tool: fake/pay
      arguments: { amount: { max: 1000 } }
    - tool: fake/note
    - tool: fake/sleep
    - tool: fake/fail
    - tool: fake/big
    - tool: fake/untrusted
    - tool: fake/secret
    - tool: fake/drift
---
kind: Manifest
name: reading
spec: { tools: [ { tool: fake/echo } ] }
---
kind: ToolServer
name: fake
spec:
  connect: { url: '${url}' }
  pin: first-seen
  credential: { secret: fake-key, header: authorization, prefix: 'Bearer ' }
  timeoutMs: 5000
  results: { labels: [] }
  tools:
    echo: { effect: read }
    add: { effect: read }
    pay: { effect: write }
    note: { effect: write, reversible: true }
    sleep: { effect: read }
    fail: { effect: read }
    big: { effect: read }
    secret: { effect: read }
    files/read.all: { effect: read }
    untrusted: { effect: read, results: { labels: [untrusted] } }
---
kind: Policy
name: notes
spec:
  cedar: |
    @id("notes-free")
    permit(principal, action == Action::"fake/note", resource);
    @id("notes-forbidden")
    forbid(principal, action == Action::"fake/note", resource)
    when { context.input has text && context.input.text == "forbidden" };
${extra}`,
  };
}

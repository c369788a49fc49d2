import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd } from './server-process.ts'

describe.each(programs)('$name does not start', (program) => {
  it.each([
    [
      'with a directive that does not exist',
      '.:0 {\n    forwrad . 192.0.2.1\n}\n',
      /^Corefile:2:5: error: unknown directive 'forwrad'\n[\s\S]*\^{7}\n[\s\S]*did you mean 'forward'/,
    ],
    [
      'with a directive of CoreDNS that this version does not have',
      '.:0 {\n    nomad\n}\n',
      /^Corefile:2:5: error: .*this version has no plugin 'nomad'/,
    ],
    [
      'with a bad option',
      '.:0 {\n    cache 30 {\n        prefetch x\n    }\n}\n',
      /^Corefile:3:18: error: .*\n[\s\S]*prefetch x\n[\s\S]*\^/,
    ],
    [
      'with two mistakes, and shows both',
      '.:0 {\n    bufsize 1\n    cache 0\n}\n',
      /(?=[\s\S]*^Corefile:2:13: error: )(?=[\s\S]*^Corefile:3:11: error: )/m,
    ],
    ['with an unclosed block', '.:0 {\n    whoami\n', /^Corefile:\d+:\d+: error: /],
    [
      'with a zone twice on one port',
      'a.test:0 {\n    whoami\n}\na.test:0 {\n    whoami\n}\n',
      /^Corefile:4:1: error: /,
    ],
  ])('%s', async (_, Corefile, message) => {
    const { code, stdout, stderr } = await runToEnd(program, { cwd: scratch({ Corefile }) })
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  it('when the file is not there', async () => {
    const missing = join(scratch(), 'missing')
    const { code, stderr } = await runToEnd(program, { args: ['-conf', missing] })
    expect(stderr).toContain(missing)
    expect(stderr).toMatch(/no such file|ENOENT/i)
    expect(code).toBe(1)
  })

  it('when the port is busy, and says which', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => void holder.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void holder.close())
    const { port } = holder.address() as { port: number }
    const { code, stderr } = await runToEnd(program, {
      args: ['-conf', 'stdin'],
      stdin: `.:${port} {\n    bind 127.0.0.1\n    whoami\n}\n`,
    })
    expect(stderr).toContain(`127.0.0.1:${port}: address already in use`)
    expect(code).toBe(1)
  })
})

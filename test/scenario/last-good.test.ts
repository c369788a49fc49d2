import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostsBlock, PATIENCE, replaceFile, startLive } from './live-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd } from './server-process.ts'

const good = hostsBlock('a.test', '192.0.2.1')
const args = ['-state', 'state']

describe.each(programs)('$name with -state', (program) => {
  it.each([
    ['what it said before', good, '192.0.2.1'],
    ['something else', hostsBlock('a.test', '192.0.2.2'), '192.0.2.2'],
  ])(
    'serves the last good one for a broken file, until that says %s',
    async (_, mended, address) => {
      const directory = scratch()
      // What was imported is kept as well.
      const parts = scratch({ a: good })
      replaceFile(directory, 'Corefile', `import ${join(parts, 'a')}\n`)
      const first = await startLive(program, { cwd: directory, args })
      expect((await first.status()).degraded).toBeNull()
      expect((await first.process.stop()).code).toBe(0)
      expect(readdirSync(join(directory, 'state'))).toEqual(['last-good.json'])

      replaceFile(parts, 'a', 'a.test:0 {\n    hots\n}\n')
      const server = await startLive(program, { cwd: directory, args })
      expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
      const { degraded, refusedReload } = await server.status()
      expect(degraded).toMatch(/a:2:5: error: unknown directive 'hots'/)
      expect(refusedReload?.diagnostics[0]).toMatchObject({ file: join(parts, 'a'), line: 2 })
      expect(server.process.stdout).toMatch(/^\[ERROR\] DEGRADED: [\s\S]*a:2:5: error: /m)
      expect(await server.metric('fingerpost_config_degraded')).toBe(1)

      replaceFile(parts, 'a', mended)
      const look = async (): Promise<string | null> => (await server.status()).degraded
      await expect.poll(look, PATIENCE).toBeNull()
      await server.untilAnswers('a.test', address)
      expect((await server.status()).refusedReload).toBeNull()
      expect(await server.metric('fingerpost_config_degraded')).toBe(0)
    },
  )

  it('does not start with a broken file when nothing is kept', async () => {
    const cwd = scratch({ Corefile: 'a.test:0 {\n    hots\n}\n' })
    const { code, stderr } = await runToEnd(program, { cwd, args: [...args, '-admin', 'off'] })
    expect(stderr).toMatch(/^Corefile:2:5: error: unknown directive 'hots'/)
    expect(code).toBe(1)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HEAP_VARIABLE } from '../../core/runtime/bun-engine.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { type StartOptions, startServer } from './server-process.ts'

const binaries = programs.filter(({ name }) => name === 'binary' && process.platform === 'linux')

const large = 'kubernetes cluster.local {\n manifests .\n}'
const small = 'whoami'

describe.skipIf(binaries.length === 0).each(binaries)('the heap of $name', (program) => {
  /** The variable as a server has it that serves `directive`. */
  async function heapOf(directive: string, options: StartOptions = {}): Promise<unknown> {
    const text = `.:0 {\n bind 127.0.0.1\n ${directive}\n}\n`
    const server = await startServer(program, {
      cwd: scratch({ Corefile: text }),
      ...options,
      ...(options.args === undefined ? {} : { stdin: text }),
    })
    const environment = readFileSync(`/proc/${server.pid}/environ`, 'utf8').split('\0')
    expect((await server.stop()).code).toBe(0)
    return environment.find((entry) => entry.startsWith(HEAP_VARIABLE))
  }

  it('is kept small where many objects are held, by a start in the same process', async () => {
    expect(await heapOf(large)).toBe(`${HEAP_VARIABLE}=100000000`)
  })

  it('is what it is where they are not, or where the Corefile could not be read again', async () => {
    expect(await heapOf(small)).toBeUndefined()
    expect(await heapOf(large, { args: ['-conf', 'stdin'] })).toBeUndefined()
  })

  it('is what the environment says', async () => {
    const env = { [HEAP_VARIABLE]: '300000000' }
    expect(await heapOf(large, { env })).toBe(`${HEAP_VARIABLE}=300000000`)
  })
})

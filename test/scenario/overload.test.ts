import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../free-port.ts'
import { ask } from './dns-client.ts'
import { http } from './http-client.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { startServer } from './server-process.ts'

const FLOODS = 2
const FLOOD_MS = 2000

/** What takes some time to answer: half of it is work for nothing. */
const corefile = (port: number): string => `.:0 {
    bind 127.0.0.1
    prometheus 127.0.0.1:${port}
    template IN A {
        match "^(?P<name>[a-z]+)[.](?P<zone>[a-z]+)[.]$"
        answer "{{ .Name }} 60 IN A 192.0.2.1"
${'        additional "{{ .Group.name }}.{{ .Group.zone }}. 60 IN A 192.0.2.2"\n'.repeat(30)}    }
}
`

/** Starts a flood; resolves with its end, which tells the answers of each tenth of a second. */
function flood(port: number): () => Promise<number[]> {
  const file = fileURLToPath(new URL('flood.mjs', import.meta.url))
  const child = spawn('node', [file, String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return async () => {
    const end = once(child, 'close')
    child.stdin.end()
    await end
    return text.trim().split('\n').map(Number)
  }
}

describe.each(programs)('$name, asked more than it can answer,', (program) => {
  // Deno reads a socket until it is empty, and tells nobody its file descriptor.
  it.skipIf(program.name === 'deno')('goes on answering, over UDP, TCP and HTTP', async () => {
    const metricsPort = await freePort()
    const server = await startServer(program, {
      cwd: scratch({ Corefile: corefile(metricsPort) }),
    })
    const port = server.port()
    const ends = Array.from({ length: FLOODS }, () => flood(port))
    const startMs = performance.now()
    let turns = 0
    while (performance.now() - startMs < FLOOD_MS || turns < 3) {
      const { answer } = await ask(port, 'a.test', 'A', { transport: 'tcp' })
      expect(answer[0]).toBe('A 192.0.2.1')
      expect((await http(metricsPort, '/metrics')).status).toBe(200)
      turns++
    }
    const answers = (await Promise.all(ends.map((end) => end()))).flat()
    // Not at the end only: a server that never leaves its socket sends nothing until then.
    expect(answers.filter((count) => count > 0).length).toBeGreaterThan(answers.length / 4)
    await setTimeout(100)
    expect((await ask(port, 'a.test', 'A')).answer[0]).toBe('A 192.0.2.1')
    expect((await server.stop()).code).toBe(0)
  })
})

import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { encode } from '@leichtgewicht/dns-packet'
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

/** Asks so often over UDP, from another address than the floods; resolves with how many answers came. */
async function askFromElsewhere(port: number, count: number): Promise<number> {
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.3', () => socket.connect(port, '127.0.0.1', resolve))
  })
  const answered = new Set<number>()
  socket.on('message', (reply) => answered.add(reply.readUInt16BE(0)))
  for (let id = 0; id < count; id++) {
    socket.send(encode({ type: 'query', id, questions: [{ type: 'A', name: 'a.test' }] }))
    await setTimeout(10)
  }
  await setTimeout(500)
  return answered.size
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
    // This client is the one that sent so much: nothing of it is kept out any more.
    await setTimeout(500)
    expect((await ask(port, 'a.test', 'A')).answer[0]).toBe('A 192.0.2.1')
    expect((await server.stop()).code).toBe(0)
  })

  // Node and Deno don't tell what the kernel does with a socket, and can't change it.
  it.runIf(['bun', 'binary'].includes(program.name))(
    'does not let those wait who ask little',
    async () => {
      const server = await startServer(program, {
        cwd: scratch({ Corefile: corefile(await freePort()) }),
      })
      const port = server.port()
      const ends = Array.from({ length: FLOODS }, () => flood(port))
      await setTimeout(500)
      const answered = await askFromElsewhere(port, 100)
      await Promise.all(ends.map((end) => end()))
      // Of the floods' hundreds of thousands one in a hundred gets an answer.
      expect(answered).toBeGreaterThan(40)
    },
  )
})

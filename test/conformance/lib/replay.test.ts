import { describe, expect, it } from 'vitest'
import { replaySuite } from './replay.ts'
import { parseSuite } from './suite.ts'

/**
 * A server that answers NOTIMP to everything. Its Corefile holds the address of an upstream to
 * which it passes queries, and the port on which it serves the file `page` over HTTP.
 */
const server = `
  const { createSocket } = require('node:dgram')
  const { existsSync, readFileSync } = require('node:fs')
  const [corefile, port] = process.argv.slice(1)
  const socket = createSocket('udp4')
  const [upstream, webPort] = readFileSync(corefile, 'utf8').trim().split(' on ')
  if (upstream === 'refuse to start') throw new Error('no such directive')
  console.log('listening')
  socket.on('message', (query, { port, address }) => {
    if (query.readUInt16BE(4) === 1) socket.send(query, upstream.split(':')[1], '127.0.0.1')
    query.writeUInt16BE(query.readUInt16BE(2) | 0x8004, 2)
    if (!query.includes('silent')) socket.send(query, port, address)
  }).bind(port)
  process.on('SIGUSR1', () => socket.close())
  require('node:http').createServer((_, response) => {
    response.statusCode = existsSync('page') ? 200 : 404
    response.end(existsSync('page') ? readFileSync('page') : '')
  }).listen(webPort)`
const command = [process.execPath, '-e', server, '{corefile}', '{port}']
const notimp = (flags = 'qr rd') => ({ rcode: 'NOTIMP', flags, size: 24 })

describe('replaying a suite', () => {
  it('passes and fails case by case, with what the server wrote', async () => {
    const { cases, output } = await replay([
      { q: 'a.test A', expect: notimp() },
      { q: 'a.test A', flags: [], expect: notimp('qr') },
      { q: 'b.test A', expect: { ...notimp(), rcode: 'NOERROR' } },
      { q: 'silent.test A', expect: { silence: true } },
      {
        together: [
          { q: 'b.test A', expect: notimp() },
          { q: 'c.test A', expect: notimp() },
        ],
      },
      { spread: { q: 'b.test A' }, times: 3, expect: { firsts: ['NOTIMP'] } },
      { count: 'up', expect: { udp: 9, tcp: 0 } },
      { count: 'up', sum: true, expect: { total: 1 } },
      { wait: 1 },
    ])
    const failed = cases.filter(({ differences }) => differences.length > 0)
    expect(cases).toHaveLength(9)
    expect(failed).toEqual([
      {
        label: '3: b.test A',
        differences: [{ field: 'rcode', expected: 'NOERROR', got: 'NOTIMP' }],
      },
      {
        label: '9: queries seen by up',
        differences: [{ field: 'total', expected: 1, got: 0 }],
      },
    ])
    expect(output).toBe('listening')
  })

  it('writes and removes files of the server, and picks lines of what it serves', async () => {
    const http = 'http://127.0.0.1:{port2}/'
    const { cases } = await replay([
      { http, expect: { status: 404, body: '' } },
      { write: { page: ['b {port2}', 'c', 'a {dir}'] } },
      { http, pick: ['^a', '^b'], expect: { status: 200, lines: ['b {port2}', 'not a'] } },
      { remove: 'page' },
      { http, expect: { status: 404, body: '' } },
      { http: 'http://127.0.0.1:{port3}/', expect: { failed: true } },
    ])
    expect(cases.map(({ differences }) => differences.length)).toEqual([0, 1, 0, 0])
    expect(cases[1]?.differences).toMatchObject([
      { field: 'lines', got: [expect.stringMatching(/^a \/.+/), 'b {port2}'] },
    ])
  })

  it('asks again within the time that a step gives', async () => {
    const { cases } = await replay([
      { signal: 'SIGUSR1' },
      { q: 'a.test A', within: 5_000, timeout: 50, expect: { silence: true } },
    ])
    expect(cases).toEqual([{ label: '1: a.test A', differences: [] }])
  })

  it('fails every case of a suite whose server does not start', async () => {
    const steps = [
      { q: 'a.test A', expect: notimp() },
      { http: 'http://x.test', expect: {} },
    ]
    const { cases, output } = await replay(steps, 'refuse to start')
    expect(cases.map(({ label }) => label)).toEqual(['1: a.test A', '2: http://x.test'])
    for (const { differences } of cases) {
      expect(differences).toMatchObject([{ field: 'suite', got: 'the server ended (status 1)' }])
    }
    expect(output).toContain('no such directive')
  })
})

function replay(steps: object[], corefile = '{up} on {port2}'): ReturnType<typeof replaySuite> {
  const upstreams = { up: { default: { drop: true } } }
  const json = JSON.stringify({ description: 'a suite', corefile, upstreams, steps })
  return replaySuite(parseSuite('group/name', json), command)
}

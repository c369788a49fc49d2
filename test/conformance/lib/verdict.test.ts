import { describe, expect, it } from 'vitest'
import { replayVerdict, type Verdict } from './verdict.ts'

/** A server that runs its Corefile. */
const server = `eval(require('node:fs').readFileSync(process.argv[1], 'utf8'))`
const command = [process.execPath, '-e', server, '{corefile}', '{port}']
const listen = `
  require('node:dgram').createSocket('udp4')
    .on('message', function (query, { port }) { this.send(query, port) })
    .bind(process.argv[2])`

describe('replaying a verdict', () => {
  it.each<[string, string, Verdict]>([
    ['listens', listen, 'ok'],
    ['ends', `console.error('why, {dir}')\nprocess.exit(1)`, 'error'],
    ['ends although all is well', '', 'error'],
    ['has its environment', `if (process.env.NAME === 'value') {${listen}}`, 'ok'],
    ['has its files', `require(process.cwd() + '/d/file.js')\n${listen}`, 'ok'],
  ])('agrees if the server %s', async (_, corefile, verdict) => {
    const files = { 'd/file.js': ['// {port}'] }
    const entry = { name: 'g/n', corefile, files, env: { NAME: 'value' }, verdict, message: '' }
    expect((await replayVerdict(entry, command)).differences).toEqual([])
  })

  it.each<[string, string, Verdict, string]>([
    ['ends', `console.error('why, {dir}')\nprocess.exit(1)`, 'ok', 'error\nwhy, {dir}'],
    ['is killed', `process.kill(process.pid, 'SIGKILL')`, 'error', 'crash'],
    ['listens', listen, 'error', 'ok'],
  ])('differs if the server %s', async (_, corefile, verdict, got) => {
    const entry = { name: 'g/n', corefile, verdict, message: 'recorded' }
    expect((await replayVerdict(entry, command)).differences).toEqual([
      { field: 'verdict', expected: `${verdict} recorded`, got },
    ])
  })
})

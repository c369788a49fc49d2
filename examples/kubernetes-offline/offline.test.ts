import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dig } from './dig.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const PATIENCE_MS = 15_000
const hasDig = spawnSync('dig', ['-v']).status === 0

/** A command of the README, and what it says that is printed. */
interface Step {
  readonly command: string
  readonly output: readonly string[]
}

const steps: readonly Step[] = stepsIn(readFileSync(join(here, 'README.md'), 'utf8'))
// What edits is done to a copy.
const checkout = mkdtempSync(join(tmpdir(), 'fingerpost-offline-'))
const copy = join(checkout, 'examples', 'kubernetes-offline')
let server: ChildProcess
let said = ''
let port = 0

beforeAll(async () => {
  cpSync(here, copy, { recursive: true })
  const start = join(here, 'start.mjs')
  server = spawn(process.execPath, [start, '-dns.port', '0', '-admin', 'off'], {
    env: { ...process.env, CLUSTER: copy },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    server.on('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)))
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Ctrl-C')) resolve()
    })
  })
  port = Number(/Try it: {2}dig @127\.0\.0\.1 -p (\d+) /.exec(said)?.[1])
}, PATIENCE_MS)

afterAll(async () => {
  const isGone = new Promise((resolve) => server.on('exit', resolve))
  if (server.exitCode === null) server.kill('SIGTERM')
  if (server.exitCode === null) await isGone
  rmSync(checkout, { recursive: true, force: true })
})

describe('the README of the cluster without a cluster', () => {
  it('shows services, endpoints, SRV, PTR, negative responses and a change', () => {
    const commands = steps.map(({ command }) => command).join('\n')
    for (const word of [/ SRV$/m, / AAAA$/m, / -x /, /db-0\.db/, /grep status/, /^sed -i/m]) {
      expect(commands).toMatch(word)
    }
  })

  it('starts with a command that there is', () => {
    const { scripts } = JSON.parse(readFileSync(join(here, '..', '..', 'package.json'), 'utf8'))
    expect(readFileSync(join(here, 'README.md'), 'utf8')).toContain('npm run start:kubernetes\n')
    expect(scripts['start:kubernetes']).toBe('node examples/kubernetes-offline/start.mjs')
  })

  it.each(steps.map((step) => [step.command, step] as const))(
    '%s',
    async (_, step) => {
      if (!step.command.startsWith('dig ')) {
        expect(execFileSync('sh', ['-c', step.command], { cwd: checkout, encoding: 'utf8' })).toBe(
          '',
        )
        return
      }
      const { command, output } = step
      // A change is live soon, not at once.
      await expect
        .poll(async () => normalise(await ask(command)), { timeout: PATIENCE_MS, interval: 100 })
        .toEqual(normalise(output))
      if (hasDig) expect(normalise(askDig(command))).toEqual(normalise(output))
    },
    20_000,
  )
})

/** Commands behind a prompt in the blocks of `console`, each with the lines that follow it. */
function stepsIn(text: string): Step[] {
  return [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split(/^\$ /m).flatMap((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n')
      return command === '' ? [] : [{ command, output }]
    }),
  )
}

/** Runs a `dig` of the README against the server under test, without dig. */
async function ask(command: string): Promise<string[]> {
  const [words = '', ...filters] = withPort(command).split(' | ')
  const lines = await dig(words.split(' ').slice(1))
  const [filter] = filters
  if (filter === undefined) return lines
  expect(filters).toEqual(['grep status'])
  return lines.filter((line) => line.includes('status'))
}

function askDig(command: string): string[] {
  const text = execFileSync('sh', ['-c', withPort(command)], { encoding: 'utf8' })
  return text.trimEnd().split('\n')
}

function withPort(command: string): string {
  expect(command).toContain('-p 1053 ')
  return command.replace('-p 1053 ', `-p ${port} `)
}

/** One space everywhere, and the same id. */
function normalise(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/\s+/g, ' ').replace(/ id: \d+$/, ' id: 0'))
}

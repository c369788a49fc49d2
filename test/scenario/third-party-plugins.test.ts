import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { ask } from './dns-client.ts'
import { type Program, programs, root } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd, type ServerProcess, startServer } from './server-process.ts'

// Node before 22.18 is the one that can't read TypeScript.
const needsJs = ({ name }: Program): boolean => name === 'node' && !process.features.typescript

/** Runs the tests of a plugin's folder. The executable is Bun, and does what Bun does if asked. */
const testRunner: Program = {
  name: 'test runner',
  command: [
    ...(programs.at(-1) as Program).command.slice(0, 1),
    'test',
    ...('deno' in process.versions ? ['-A', '--no-check'] : []),
  ],
}

/** Writes a module, compiled where the program can't read it as it is. */
function writeModule(program: Program, directory: string, name: string, text: string): void {
  // Renamed into place, as editors do: half a file is never seen.
  const write = (file: string, content: string): void => {
    writeFileSync(join(directory, `.${file}~`), content)
    renameSync(join(directory, `.${file}~`), join(directory, file))
  }
  if (!needsJs(program)) {
    write(`${name}.ts`, text)
    return
  }
  rmSync(join(directory, `${name}.ts`), { force: true })
  const { code } = transformSync(text.replaceAll(".ts'", ".js'"), { loader: 'ts' })
  write(`${name}.js`, code)
}

const plugin = (name: string, body: string): string => `
  import { definePlugin, directive, makeTxt } from '@fingerpost/sdk'
  export default definePlugin({
    name: '${name}',
    order: { before: 'cache' },
    options: directive({}),
    setup(): object {
      ${body}
    },
  })
`

const txt = async (server: ServerProcess, name = 'example.org'): Promise<string> => {
  const { rcode, answer } = await ask(server.port(), name, 'TXT')
  return answer.length > 0 ? answer.join() : rcode
}

const louder = (mark: string): string =>
  `export const louder = (text: string): string => text + '${mark}'`

/** Waits until the server answers so. */
async function untilTxt(server: ServerProcess, expected: RegExp): Promise<void> {
  await expect.poll(() => txt(server), { timeout: 10_000, interval: 50 }).toMatch(expected)
}

/** The text of a TXT record as the client shows it, a list of lists of octets. */
const shown = (text: string): RegExp => new RegExp([...Buffer.from(text)].join(','))

describe.each(programs)('$name and plugins of others', (program) => {
  it('makes a new one, runs it outside of the checkout, and takes edits up at once', async () => {
    const parent = scratch()
    const made = await runToEnd(program, { args: ['new', 'plugin', 'greet', parent] })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const home = join(parent, 'greet')
    const tested = await runToEnd(testRunner, { cwd: home, env: { BUN_BE_BUN: '1' } })
    expect(`${tested.stdout}${tested.stderr}`).toMatch(/\b8 (pass|steps)/)
    expect(tested.code).toBe(0)
    // A server does not need the SDK to be installed.
    rmSync(join(home, 'node_modules'), { recursive: true, force: true })
    const source = readFileSync(join(home, 'index.ts'), 'utf8')
    writeModule(program, home, 'index', source)
    const Corefile = readFileSync(join(home, 'Corefile'), 'utf8').replace(':1053', ':0')
    writeFileSync(join(home, 'Corefile'), Corefile)
    const args = ['-conf', 'Corefile', '-plugin-dir', '..', '-admin', 'off']

    const server = await startServer(program, { cwd: home, args })
    expect(await txt(server)).toMatch(shown('it works'))
    writeModule(program, home, 'louder', louder('!'))
    const edited = source
      .replace("'@fingerpost/sdk'", "'@fingerpost/sdk'\nimport { louder } from './louder.ts'")
      .replace('ttl / 1000, answer)', 'ttl / 1000, louder(answer))')
    writeModule(program, home, 'index', edited)
    await untilTxt(server, shown('it works!'))
    writeModule(program, home, 'louder', louder('?'))
    await untilTxt(server, shown('it works?'))

    writeModule(
      program,
      home,
      'louder',
      "throw new RangeError('half-way')\nexport const louder = 1",
    )
    await server.line(/plugin\/greet \(.*index\.[tj]s\) could not be loaded: RangeError: half-way/)
    expect(await txt(server)).toMatch(shown('it works?'))
    writeModule(program, home, 'louder', louder('.'))
    await untilTxt(server, shown('it works.'))
    expect((await server.stop()).code).toBe(0)

    writeFileSync(join(home, 'Corefile'), Corefile.replace('ttl 10s', 'ttl soon'))
    const { code, stderr } = await runToEnd(program, { cwd: home, args })
    expect(stderr).toMatch(/^Corefile:6:13: error: .*duration[\s\S]*ttl soon[\s\S]*\^{4}/m)
    expect(code).toBe(1)
  })

  it('answers SERVFAIL for one that throws, hangs or answers nonsense, and goes on', async () => {
    const home = scratch()
    writeModule(
      program,
      home,
      'faulty',
      plugin(
        'faulty',
        `return {
          onQuery(query: any) {
            const name = query.qname.toString()
            if (name.startsWith('throws')) throw new Error('on purpose')
            if (name.startsWith('rejects')) return Promise.reject(new Error('on purpose'))
            if (name.startsWith('hangs')) return new Promise(() => {})
            if (name.startsWith('nonsense')) return 'NXDOMAIN'
            if (name.startsWith('strays')) {
              void Promise.reject(new Error('a stray rejection'))
              setTimeout(() => { throw new Error('a stray throw') }, 1)
            }
            return query.reply({ answer: [makeTxt(query.qname, 1, 'fine')] })
          },
        }`,
      ),
    )
    writeFileSync(join(home, 'Corefile'), '.:0 {\n    bind 127.0.0.1\n    faulty\n}\n')
    const args = ['-plugin-dir', '.', '-plugin-timeout', '100ms', '-admin', 'off']
    const server = await startServer(program, { cwd: home, args })
    for (const name of ['throws', 'rejects', 'hangs', 'nonsense']) {
      expect(await txt(server, `${name}.test`)).toBe('SERVFAIL')
    }
    expect(await txt(server, 'strays.test')).toMatch(shown('fine'))
    await server.line(/a stray rejection/)
    await server.line(/a stray throw/)
    expect(await txt(server, 'others.test')).toMatch(shown('fine'))
    expect((await server.stop()).code).toBe(0)
  })

  it.each([
    [
      'is set up',
      plugin('bad', "throw new Error('no way')"),
      /failed when it was set up: Error: no way/,
    ],
    ['is loaded', "throw new Error('no way')", /could not be loaded: Error: no way/],
    ['is read', 'export default {\n  name: = 1', /could not be loaded/],
    ['is looked at', 'export const other = 1', /has no default export/],
  ])('does not start with one that fails when it %s, and says where', async (_, text, message) => {
    const home = scratch()
    const place = needsJs(program) ? 'bad.js' : 'bad.ts'
    if (/name: =/.test(text)) writeFileSync(join(home, place), text)
    else writeModule(program, home, 'bad', text)
    writeFileSync(join(home, 'Corefile'), '.:0 {\n    bad\n}\n')
    const { code, stderr } = await runToEnd(program, { cwd: home, args: ['-plugin-dir', '.'] })
    expect(stderr).toMatch(/^Corefile:2:5: error: plugin\/bad /m)
    expect(stderr).toContain(place)
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
  })

  it('lists them where they belong', async () => {
    const home = scratch()
    writeModule(program, home, 'mine', plugin('mine', 'return {}'))
    const { stdout, code } = await runToEnd(program, {
      cwd: home,
      args: ['plugins', '-plugin-dir', '.'],
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^dns\.mine\b.*mine\.[tj]s\ndns\.cache/m)
  })
})

describe.each(programs.filter((program) => !needsJs(program)))(
  '$name and the examples',
  (program) => {
    it('runs the example of a list of names', async () => {
      const cwd = join(root, 'examples/plugins/blocklist')
      const Corefile = readFileSync(join(cwd, 'Corefile'), 'utf8').replace(':1053', ':0')
      const server = await startServer(program, {
        cwd,
        args: ['-conf', 'stdin', '-plugin-dir', '..', '-admin', 'off'],
        stdin: Corefile,
      })
      const { answer } = await ask(server.port(), 'www.ADS.example.com', 'A')
      expect(answer).toEqual(['A 0.0.0.0'])
      expect((await ask(server.port(), 'good.tracker.example.net', 'A')).answer).toEqual([])
      await server.stop()
    })

    it('runs the example of a schedule', async () => {
      const cwd = join(root, 'examples/plugins/schedule')
      const Corefile = readFileSync(join(cwd, 'Corefile'), 'utf8').replace(':1053', ':0')
      const server = await startServer(program, {
        cwd,
        args: ['-conf', 'stdin', '-plugin-dir', '..', '-admin', 'off'],
        stdin: Corefile,
      })
      const { answer } = await ask(server.port(), 'status.example.org', 'A')
      expect(answer[0]).toMatch(/^A 192\.0\.2\.(10|20)$/)
      await server.stop()
    })
  },
)

describe.each(programs.filter(needsJs))('$name and TypeScript', (program) => {
  it('says what it can not read', async () => {
    const cwd = join(root, 'examples/plugins/schedule')
    const { stderr } = await runToEnd(program, { cwd, args: ['-plugin-dir', '..'] })
    expect(stderr).toMatch(/index\.ts is TypeScript[\s\S]*help: compile it to index\.js/)
  })
})

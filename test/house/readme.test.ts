import { ConfigErrors, describeOptions, type Plugin } from '@fingerpost/sdk'
import { seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { formatDiagnostics } from '../../core/corefile/diagnostics.ts'
import { makeDatabase } from '../../plugins/geoip/test-database.ts'
import { catalogue } from '../../plugins/index.ts'
import { startWorld } from '../fuzz/world.ts'
import { filesIn, isThere, pluginNames, read } from './sources.ts'

const SECTIONS = [
  'Name',
  'Description',
  'Syntax',
  'Options',
  'Metrics',
  'Ready',
  'Examples',
  'Differences from CoreDNS',
  'See also',
]

// Files that the machine of every example has.
const MACHINE = {
  '/etc/fingerpost/tls.crt': read('core/listen/testdata/server.crt').text,
  '/etc/fingerpost/tls.key': read('core/listen/testdata/server.key').text,
  '/etc/fingerpost/ca.crt': read('core/listen/testdata/client.crt').text,
  '/etc/resolv.conf': 'nameserver 192.0.2.53\n',
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/etc/dns/GeoLite2-City.mmdb': makeDatabase({}),
}

const documented = pluginNames.filter((name) => isThere(`plugins/${name}/README.md`))

it('every plugin has a README', () => {
  expect(documented).toEqual(pluginNames)
})

it("the project's README lists every plugin", () => {
  const rows = [...read('README.md').text.matchAll(/^\| \[(\w+)\]\(plugins\/\1\/README\.md\) \|/gm)]
  expect(rows.map(([, name]) => name)).toEqual([...pluginNames].sort())
})

describe.each(documented)('the README of %s', (name) => {
  const { text } = read(`plugins/${name}/README.md`)

  it('has the sections that all have, in their order', () => {
    expect(text.split('\n', 1)[0]).toBe(`# ${name}`)
    const titles = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)
    expect(titles.filter((title) => SECTIONS.includes(title ?? ''))).toEqual(SECTIONS)
  })

  it('says in one sentence what the plugin does', () => {
    expect(sectionOf(text, 'Name').trim()).toMatch(new RegExp(`^[_*]${name}[_*] - \\S.*\\.$`))
  })

  it('has a table with each option and no other', async () => {
    const plugin = await loadPlugin(name)
    const keywords = describeOptions(plugin.options).options.map(({ keyword }) => keyword)
    expect(optionsIn(sectionOf(text, 'Options'))).toEqual([...new Set(keywords)].sort())
  })
})

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...filesIn('docs'),
  ...filesIn('plugins'),
  ...filesIn('examples'),
]
  .filter((path) => path.endsWith('.md') && isThere(path))
  .map(read)
const corefiles = documents.flatMap(({ path, text }) =>
  corefilesIn(text).map((example) => ({ ...example, path })),
)

describe('a Corefile in the documentation can be run:', () => {
  it.each(corefiles.map((example) => [`${example.path}:${example.line}`, example] as const))(
    '%s',
    async (_, { corefile, files }) => {
      const world = await startWorld(corefile, seededRandom(1), { ...MACHINE, ...files }).catch(
        (error: unknown) => {
          if (!(error instanceof ConfigErrors)) throw error
          throw new Error(formatDiagnostics(error.errors), { cause: error })
        },
      )
      await world.end()
    },
  )

  it('each plugin has at least one', () => {
    const shown = new Set(corefiles.map(({ path }) => path))
    expect(documented.filter((name) => !shown.has(`plugins/${name}/README.md`))).toEqual([])
  })
})

async function loadPlugin(name: string): Promise<Plugin> {
  const entry = catalogue.find((candidate) => candidate.name === name)
  if (entry === undefined) throw new Error(`${name} is not in the catalogue`)
  return entry.load()
}

function sectionOf(text: string, title: string): string {
  const start = text.indexOf(`\n## ${title}\n`)
  const end = text.indexOf('\n## ', start + 1)
  return start < 0 ? '' : text.slice(start + title.length + 5, end < 0 ? undefined : end)
}

/** Keywords in the first column of the tables, sorted; arguments are in upper case. */
function optionsIn(section: string): string[] {
  const keywords = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z][a-z0-9_-]*)[^`]*`/g)])
    .map(([, keyword = '']) => keyword)
  return [...new Set(keywords)].sort()
}

interface Example {
  readonly corefile: string
  readonly line: number
  readonly files: Readonly<Record<string, string>>
}

/**
 * Blocks of `corefile`. A block of another kind with `<!-- file: /path -->` in front of it is a
 * file that the examples of the document find at that path.
 */
function corefilesIn(text: string): Example[] {
  const files: Record<string, string> = {}
  const examples: Example[] = []
  const fences = /(?:^<!-- file: (\S+) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm
  for (const { 0: whole, 1: path, 2: kind, 3: body = '', index } of text.matchAll(fences)) {
    const line = text.slice(0, index + whole.indexOf('```')).split('\n').length
    if (path !== undefined) files[path] = body
    else if (kind === 'corefile') examples.push({ corefile: body, line, files })
  }
  return examples
}

/** The page that says, directive by directive, what a Corefile of CoreDNS finds here. */

import { describeOptions, type Plugin } from '@fingerpost/sdk'
import { absent, catalogue } from '../../plugins/index.ts'
import { corednsOptions, notes } from './coredns-options.ts'

const HEAD = `# Compatibility with CoreDNS

What the directives and options of CoreDNS 1.14.7 find here. Made from the plugins' own option schemas and a table
(\`test/compatibility\`) by \`npx bun test/compatibility/write.ts\`; a test holds it against them. How a plugin's behaviour differs
stands in its README, under "Differences from CoreDNS".

| directive | here | its options |
| --- | --- | --- |
`

/** Makes the page. */
export async function compatibilityPage(): Promise<string> {
  const rows = await Promise.all(Object.keys(corednsOptions).map(rowFor))
  return `${HEAD}${rows.join('\n')}\n`
}

/**
 * Options of CoreDNS that a plugin neither has nor says something about, as \`directive option\`.
 */
export async function unexplained(): Promise<string[]> {
  const missing = await Promise.all(
    catalogue.map(async ({ name }) => {
      const own = await optionsOf(name)
      const theirs = corednsOptions[name] ?? []
      return theirs
        .filter((option) => !own.includes(option) && notes[`${name} ${option}`] === undefined)
        .map((option) => `${name} ${option}`)
    }),
  )
  return missing.flat()
}

async function rowFor(name: string): Promise<string> {
  const { what, instead } = absent.get(name) ?? {}
  if (what !== undefined) return `| ${name} | no: it ${what} | ${instead} |`
  const own = await optionsOf(name)
  const theirs = corednsOptions[name] ?? []
  const said = theirs.map((option) => {
    const note = notes[`${name} ${option}`]
    if (!own.includes(option)) return `\`${option}\`: no (${note})`
    return note === undefined ? `\`${option}\`` : `\`${option}\` (${note})`
  })
  const extra = own.filter((option) => !theirs.includes(option)).map((option) => `\`${option}\``)
  const cells = [
    said.length > 0 ? said.join(', ') : 'none',
    ...(extra.length > 0 ? [`only here: ${extra.join(', ')}`] : []),
  ]
  return `| [${name}](../plugins/${name}/README.md) | yes | ${cells.join('; ')} |`
}

async function optionsOf(name: string): Promise<string[]> {
  const plugin: Plugin | undefined = await catalogue.find((one) => one.name === name)?.load()
  if (plugin === undefined) return []
  return [...new Set(describeOptions(plugin.options).options.map(({ keyword }) => keyword))]
}

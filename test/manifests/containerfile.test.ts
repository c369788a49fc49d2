import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inExamples } from './example-builds.ts'

interface Stage {
  readonly name: string
  readonly base: string
  readonly lines: readonly string[]
}

const root = inExamples('..', '..')
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')
const stages = stagesIn(read('Containerfile'))
const stage = (name: string): Stage => {
  const found = stages.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no stage ${name}`)
  return found
}

describe('the Containerfile', () => {
  it('has the stages that the documentation names, the cluster as the one by default', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'node', 'cluster'])
    const targets = [...read('examples/kubernetes/README.md').matchAll(/--target (\w+)/g)]
    expect(targets.map(([, name]) => name).sort()).toEqual(['cluster', 'node'])
  })

  it('copies what is there and not ignored', () => {
    const ignored = read('.containerignore').trim().split('\n')
    for (const words of copies(stage('build'))) {
      for (const source of words.slice(0, -1)) {
        expect(existsSync(`${root}/${source}`), source).toBe(true)
        expect(ignored).not.toContain(source.replace(/\/$/, ''))
      }
    }
    for (const needed of ['core', 'plugins', 'sdk', 'build.mjs', 'package-lock.json']) {
      expect(existsSync(`${root}/${needed}`), needed).toBe(true)
      expect(ignored).not.toContain(needed)
    }
    // What the build makes or installs anew must not come from outside.
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'dist', '**/node_modules']))
  })

  it('takes from the build what the build makes', () => {
    const made = stage('build').lines.join('\n')
    expect(read('build.mjs')).toContain("'dist/fingerpost'")
    expect(made).toContain('cp dist/fingerpost dist/fingerpost-unprivileged')
    expect(made).toContain('setcap cap_net_bind_service=ep dist/fingerpost-unprivileged')
    expect(copies(stage('node'))).toEqual([['--from=build', '/src/dist/fingerpost', '/fingerpost']])
    expect(copies(stage('cluster'))).toEqual([
      ['--from=build', '/src/dist/fingerpost-unprivileged', '/fingerpost'],
    ])
  })

  it('builds with the Node that the project asks for', () => {
    const [, major] = /node:(\d+)-/.exec(stage('build').base) ?? []
    const { engines } = JSON.parse(read('package.json'))
    expect(engines.node).toBe(`>=${major}`)
  })

  it('does not run as root where nothing needs it, and as the user of the Deployment', () => {
    expect(stage('cluster').lines).toContain('USER 65532:65532')
    expect(stage('cluster').lines).toContain('ENTRYPOINT ["/fingerpost"]')
  })

  it('has what makes interface and rules on a node, and node-cache as the name', () => {
    const text = stage('node').lines.join('\n')
    for (const name of ['iproute2', 'iptables', 'nftables', 'ca-certificates']) {
      expect(text).toContain(name)
    }
    expect(text).toContain('ln -s /fingerpost /node-cache')
    expect(text).toContain('ENTRYPOINT ["/node-cache"]')
  })
})

/** Stages with their instructions; lines that go on are one. */
function stagesIn(text: string): Stage[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '')
  const starts = lines.flatMap((line, i) => (line.startsWith('FROM ') ? [i] : []))
  return starts.map((start, i) => {
    const [, base = '', name = ''] = /^FROM (\S+) AS (\w+)$/.exec(lines[start] ?? '') ?? []
    return { name, base, lines: lines.slice(start + 1, starts[i + 1]) }
  })
}

/** The words of each COPY. */
function copies({ lines }: Stage): string[][] {
  return lines.filter((line) => line.startsWith('COPY ')).map((line) => line.split(' ').slice(1))
}

import {
  type CatalogueEntry,
  type ConfigErrors,
  definePlugin,
  directive,
  type Host,
  type Plugin,
} from '@fingerpost/sdk'
import { fakeHost, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { type ConfiguredBlock, configureBlocks, prepareBlocks } from './configure.ts'
import type { Context } from './context.ts'
import { diskFiles } from './corefile/files.ts'
import { parseCorefile } from './corefile/parse.ts'
import { Loader } from './loader.ts'
import { Log } from './log.ts'
import { Metrics } from './metrics.ts'

const hosts: Host[] = []

const giver = definePlugin({
  name: 'giver',
  options: directive({}),
  setup: () => ({ offers: { notify: () => {} } }),
})
const needy = definePlugin({
  name: 'needy',
  options: directive({}),
  needs: { notify: 'giver' },
  setup(_, host) {
    hosts.push(host)
    return { onQuery: replyWith() }
  },
})

async function configure(text: string): Promise<ConfiguredBlock[]> {
  const catalogue: CatalogueEntry[] = [needy, giver].map((plugin) => ({
    name: plugin.name,
    load: async () => plugin as unknown as Plugin,
  }))
  const loader = new Loader(catalogue, new Map())
  const { clock, random, network, files } = fakeHost()
  const context = {
    loader,
    log: new Log(() => {}),
    metrics: new Metrics(),
    clock,
    random,
    network,
    files: () => files,
  } as unknown as Context
  const corefile = parseCorefile(text, {
    path: 'Corefile',
    files: diskFiles,
    environment: {},
    isDirective: (name) => loader.has(name),
    directiveNames: loader.names,
  })
  const prepared = await prepareBlocks(corefile, context)
  const never = () => Promise.reject(new Error('not started'))
  return configureBlocks(prepared, context, never, () => undefined)
}

describe('a plugin that needs an offer', () => {
  it('finds it, though the plugin that makes it is set up later', async () => {
    hosts.length = 0
    await configure('. {\n needy\n giver\n}')
    expect(hosts[0]?.offers('notify').map(({ plugin }) => plugin)).toEqual(['giver'])
    expect(hosts[0]?.offers('transfer')).toEqual([])
  })

  it('is refused, with its place, in a block that has none', async () => {
    const error = await configure('a.test {\n giver\n}\nb.test {\n needy\n}').catch((e) => e)
    const [first, ...others] = (error as ConfigErrors).errors
    expect(others).toEqual([])
    expect(first?.message).toBe('plugin/needy: giver plugin not loaded')
    expect(first?.at?.line).toBe(5)
    expect(first?.suggestion).toMatch(/giver/)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../free-port.ts'
import { KubeApi } from './kube-api.ts'
import { matchesFields, matchesLabels } from './kube-selectors.ts'

const pod = (name: string, phase: string, labels = {}) => ({
  kind: 'Pod',
  metadata: { namespace: 'demo', name, labels },
  status: { phase },
})

describe('selectors', () => {
  it.each([
    ['a=b', true],
    ['a==b,c', true],
    ['a!=b', false],
    ['x!=b', true],
    ['a in (b,c),c', true],
    ['a notin (b,c)', false],
    ['x notin (b)', true],
    ['!x,a', true],
    ['!a', false],
  ])('%s', (selector, isMatch) => {
    expect(matchesLabels(selector, { a: 'b', c: 'd' })).toBe(isMatch)
  })

  it('of fields compare what is at a path', () => {
    expect(matchesFields('status.phase!=Failed,status.phase!=Unknown', pod('a', 'Running'))).toBe(
      true,
    )
    expect(matchesFields('status.phase!=Failed', pod('a', 'Failed'))).toBe(false)
    expect(matchesFields('metadata.name=a,spec.nodeName=', pod('a', 'Failed'))).toBe(true)
  })
})

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}

describe('the API server', () => {
  let api: KubeApi

  beforeEach(async () => {
    api = new KubeApi(await freePort(), [
      pod('a', 'Running', { app: 'x' }),
      pod('b', 'Failed'),
      pod('c', 'Running'),
    ])
    await api.start()
  })
  afterEach(() => api.stop())

  const get = (query: string) => fetch(`${api.url}/api/v1/pods?${query}`)
  const list = async (query: string) => (await (await get(query)).json()) as List
  const namesOf = ({ items }: List) => items.map(({ metadata }) => metadata.name)

  /** Reads a watch until it ends: types and names or versions. */
  async function follow(response: Response): Promise<string[]> {
    const text = await response.text()
    const events = text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
    return events
      .map((line) => JSON.parse(line))
      .map(({ type, object }) => `${type} ${object.metadata.name}`)
  }

  it('lists what is selected, in pages that hold for one moment', async () => {
    const first = await list('limit=2')
    api.change({ remove: 'Pod demo/c' })
    const rest = await list(`limit=2&continue=${first.metadata.continue}`)
    expect([namesOf(first), namesOf(rest)]).toEqual([['a', 'b'], ['c']])
    expect(rest.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion })
    const selected = await list('fieldSelector=status.phase!%3DFailed')
    expect(namesOf(selected)).toEqual(['a'])
  })

  it('sends what happened since a version, and what happens, as a watch sees it', async () => {
    api.change({ apply: pod('d', 'Running', { app: 'x' }) })
    const response = await get(
      'watch=1&resourceVersion=1003&labelSelector=app%3Dx&timeoutSeconds=1',
    )
    api.change({
      apply: [pod('a', 'Running'), pod('c', 'Running'), pod('d', 'Failed', { app: 'x' })],
    })
    expect(await follow(response)).toEqual(['ADDED d', 'DELETED a', 'MODIFIED d'])
  })

  it('answers 410 for what it has forgotten', async () => {
    const { metadata } = await list('limit=1')
    api.change({ expire: true })
    expect((await get('watch=1&resourceVersion=1003')).status).toBe(410)
    expect((await get(`continue=${metadata.continue}`)).status).toBe(410)
    expect((await get('')).status).toBe(200)
  })

  it('cuts watches, and refuses everything while it is not available', async () => {
    const response = await get('watch=1&resourceVersion=1003')
    api.change({ available: false })
    await expect(response.text()).rejects.toThrow()
    expect((await get('')).status).toBe(503)
    api.change({ available: true })
    expect((await get('')).status).toBe(200)
  })
})

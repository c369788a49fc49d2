import { type FakeHost, fakeHost, loadPlugin } from '@fingerpost/sdk/testing'
import { expect, it } from 'vitest'
import { ScriptedServer } from './api/scripted-server.ts'
import kubernetes from './index.ts'

const account = '/var/run/secrets/kubernetes.io/serviceaccount'

/** A pod of a cluster, as its container sees itself. */
function makePod(environment: Record<string, string>) {
  const { clock } = fakeHost()
  const server = new ScriptedServer(clock)
  server.answer = (request) =>
    request.isWatch ? request.begin() : request.list([{ metadata: { name: 'prod' } }], '1')
  const host: FakeHost = fakeHost({ plugin: 'kubernetes', clock, network: server, environment })
  host.files.set(`${account}/token`, 'the token')
  host.files.set(`${account}/ca.crt`, 'the authority')
  return { host, server }
}

it('asks the API of its own cluster, with what a pod is given', async () => {
  const { host, server } = makePod({
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
  })
  const loaded = await loadPlugin(kubernetes, 'kubernetes cluster.local', { host })
  expect(loaded.handler.ready?.()).toBe(true)
  expect(server.dialled[0]).toMatchObject({
    address: '10.96.0.1',
    port: 443,
    tls: { ca: 'the authority' },
  })
  expect(server.last.fields.get('authorization')).toBe('Bearer the token')
  await loaded.shutdown()
})

it('says what is missing where there is no cluster around', async () => {
  const { host } = makePod({})
  await expect(loadPlugin(kubernetes, 'kubernetes cluster.local', { host })).rejects.toMatchObject({
    message: expect.stringContaining('KUBERNETES_SERVICE_HOST'),
    suggestion: 'outside of a cluster, use endpoint or kubeconfig',
  })
})

it('asks the first of several endpoints, and says so', async () => {
  const { host, server } = makePod({})
  const text = 'kubernetes cluster.local {\n endpoint http://192.0.2.1:1 http://192.0.2.2:2\n}'
  const loaded = await loadPlugin(kubernetes, text, { host })
  const places = server.dialled.map(({ address, port }) => `${address} ${port}`)
  expect([...new Set(places)]).toEqual(['192.0.2.1 1'])
  expect(host.log.lines).toContainEqual(
    expect.stringMatching(/^\[WARNING\] .*only the first is used: http:\/\/192\.0\.2\.1:1$/),
  )
  await loaded.shutdown()
})

it('takes a kubeconfig in the place of an endpoint', async () => {
  const { host, server } = makePod({})
  const config = {
    contexts: [{ name: 'one', context: { cluster: 'c' } }],
    clusters: [{ name: 'c', cluster: { server: 'http://192.0.2.7:8001' } }],
  }
  host.files.set('/config', JSON.stringify(config))
  const text = 'kubernetes cluster.local {\n endpoint http://192.0.2.1\n kubeconfig /config one\n}'
  const loaded = await loadPlugin(kubernetes, text, { host })
  expect(server.dialled[0]).toMatchObject({ address: '192.0.2.7', port: 8001 })
  await loaded.shutdown()
})

it('has to find the three files of tls, wherever the API is', async () => {
  const { host } = makePod({})
  host.files.set('/cert', 'the certificate')
  const text = 'kubernetes cluster.local {\n endpoint http://192.0.2.1\n tls /cert /key /ca\n}'
  await expect(loadPlugin(kubernetes, text, { host })).rejects.toMatchObject({
    code: 'file',
    message: expect.stringContaining('/key'),
  })
})

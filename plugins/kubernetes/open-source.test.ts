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

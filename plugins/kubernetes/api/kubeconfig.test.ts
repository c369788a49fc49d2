import { fakeHost } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { kubeconfigAccess } from './kubeconfig.ts'

const cluster = { server: 'https://api.example:6443', 'certificate-authority-data': btoa('the CA') }
const user = { 'client-certificate-data': btoa('the cert'), 'client-key': 'pki/client.key' }

function configWith(changes: { cluster?: object; user?: object; more?: object } = {}) {
  return {
    'current-context': 'first',
    contexts: [
      { name: 'first', context: { cluster: 'c', user: 'u' } },
      { name: 'second', context: { cluster: 'd', user: 'nobody' } },
      { name: 'broken', context: { cluster: 'none' } },
    ],
    clusters: [
      { name: 'c', cluster: { ...cluster, ...changes.cluster } },
      { name: 'd', cluster: { server: 'http://192.0.2.9:8001' } },
    ],
    users: [{ name: 'u', user: { ...user, ...changes.user } }],
    ...changes.more,
  }
}

/** Reads a kubeconfig; JSON stands for YAML, which it is a part of. */
function read(config: unknown, context?: string) {
  const host = fakeHost({ root: '/etc' })
  host.files.set('kube/config', typeof config === 'string' ? config : JSON.stringify(config))
  host.files.set('/etc/kube/pki/client.key', 'the key')
  host.files.set('/tokens/one', 'a token from a file')
  return kubeconfigAccess({ path: 'kube/config', context, parseYaml: JSON.parse }, host)
}

describe('a kubeconfig', () => {
  it('gives the server and the credentials of its current context', async () => {
    const access = await read(configWith())
    expect(access.authority).toBe('api.example:6443')
    expect(await access.tls()).toMatchObject({
      serverName: 'api.example',
      ca: 'the CA',
      cert: 'the cert',
      key: 'the key',
    })
    expect(await access.authorization()).toBeUndefined()
  })

  it('gives those of another context', async () => {
    const access = await read(configWith(), 'second')
    expect(access.authority).toBe('192.0.2.9:8001')
    expect(await access.tls()).toBeUndefined()
  })

  it.each([
    ['a token', { token: 'abc' }, 'Bearer abc'],
    ['a token in a file', { token: 'abc', tokenFile: '/tokens/one' }, 'Bearer a token from a file'],
    ['a password', { username: 'me', password: 'pw' }, `Basic ${btoa('me:pw')}`],
  ])('may have %s', async (_, changes, authorization) => {
    const access = await read(configWith({ user: changes }))
    expect(await access.authorization()).toBe(authorization)
  })

  it('may give the server another name', async () => {
    const access = await read(configWith({ cluster: { 'tls-server-name': 'kubernetes' } }))
    expect(await access.tls()).toMatchObject({ serverName: 'kubernetes' })
  })

  it.each([
    ['nonsense', 'nonsense', undefined, 'no YAML'],
    ['no context', { contexts: [] }, undefined, 'no context is given'],
    ['an unknown context', configWith(), 'third', "no context 'third'"],
    ['a context without a cluster', configWith(), 'broken', 'no cluster with a server'],
    ['a server that is none', configWith({ cluster: { server: 'x://y' } }), undefined, 'no URL'],
    ['no base64', configWith({ user: { 'client-certificate-data': '%' } }), undefined, 'base64'],
    ['a program', configWith({ user: { exec: { command: 'aws' } } }), undefined, 'exec is not'],
    ['a plugin', configWith({ user: { 'auth-provider': {} } }), undefined, 'auth-provider is not'],
    ['somebody else', configWith({ user: { as: 'admin' } }), undefined, 'as is not supported'],
    ['a proxy', configWith({ cluster: { 'proxy-url': 'http://p' } }), undefined, 'proxy-url is'],
    [
      'no verification',
      configWith({ cluster: { 'insecure-skip-tls-verify': true } }),
      undefined,
      'insecure-skip-tls-verify is not supported',
    ],
  ])('with %s is refused', async (_, config, context, message) => {
    const refused = read(config, context)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({ name: 'ConfigError' })
  })

  it.each([
    [{ user: { exec: { command: 'aws' } } }, 'no programs are run'],
    [{ user: { 'auth-provider': { name: 'gcp' } } }, 'use token, tokenFile or client-certificate'],
    [{ cluster: { 'insecure-skip-tls-verify': true } }, 'certificate-authority'],
  ])('with %j is told what to write instead', async (changes, suggestion) => {
    await expect(read(configWith(changes))).rejects.toMatchObject({
      suggestion: expect.stringContaining(suggestion),
    })
  })

  it('that is not there is refused', async () => {
    const options = { path: '/none', parseYaml: JSON.parse }
    await expect(kubeconfigAccess(options, fakeHost())).rejects.toMatchObject({ code: 'file' })
  })
})

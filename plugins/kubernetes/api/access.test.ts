import { fakeHost } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { accessAt, checkAccess, inClusterAccess } from './access.ts'

describe('a URL of an API server', () => {
  it.each([
    ['http://192.0.2.1:8080', '192.0.2.1', 8080, '192.0.2.1:8080', ''],
    ['http://192.0.2.1/', '192.0.2.1', 80, '192.0.2.1', ''],
    ['192.0.2.1:8080', '192.0.2.1', 8080, '192.0.2.1:8080', ''],
    ['https://[2001:db8::1]', '2001:db8::1', 443, '[2001:db8::1]', ''],
    [
      'https://api.example:6443/k8s/clusters/c1/',
      'api.example',
      6443,
      'api.example:6443',
      '/k8s/clusters/c1',
    ],
  ])('%s says where it is', (url, host, port, authority, basePath) => {
    expect(accessAt(url, {}, fakeHost())).toMatchObject({ host, port, authority, basePath })
  })

  it.each(['ftp://192.0.2.1', 'https://', 'http://[::', 'a b'])('%s is refused', (url) => {
    expect(() => accessAt(url, {}, fakeHost())).toThrow('no URL of an API server')
  })

  it('is secured when it says so, or says nothing and has certificates', async () => {
    const host = fakeHost()
    for (const path of ['/ca', '/cert', '/key']) host.files.set(path, `text of ${path}`)
    const credentials = { caPath: '/ca', certPath: '/cert', keyPath: '/key' }
    const tls = {
      ca: 'text of /ca',
      cert: 'text of /cert',
      key: 'text of /key',
      alpn: ['http/1.1'],
    }
    const named = await accessAt('api.example:6443', credentials, host).tls()
    expect(named).toEqual({ ...tls, serverName: 'api.example' })
    const numbered = await accessAt('https://192.0.2.1', credentials, host).tls()
    expect(numbered).toEqual({ ...tls, serverName: undefined })
    expect(await accessAt('http://192.0.2.1', credentials, host).tls()).toBeUndefined()
    host.files.set('/cert', 'renewed')
    expect(await accessAt('https://192.0.2.1', credentials, host).tls()).toMatchObject({
      cert: 'renewed',
    })
  })

  it('with a file that is not there fails the check', async () => {
    const host = fakeHost()
    const access = accessAt('https://192.0.2.1', { caPath: '/none' }, host)
    await expect(checkAccess(access, host)).rejects.toMatchObject({ code: 'file' })
  })
})

describe('a pod', () => {
  const account = '/var/run/secrets/kubernetes.io/serviceaccount'
  const environment = (name: string): string | undefined =>
    ({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' })[name]

  it('reaches its own cluster with its service account', async () => {
    const host = fakeHost()
    host.files.set(`${account}/ca.crt`, 'the authority')
    host.files.set(`${account}/token`, 'the token\n')
    const access = inClusterAccess(environment, host)
    expect(access).toMatchObject({ host: 'fd00::1', port: 443, authority: '[fd00::1]' })
    expect(await access.tls()).toMatchObject({ ca: 'the authority' })
    expect(await access.authorization()).toBe('Bearer the token')
  })

  it('is nothing that is run elsewhere', () => {
    expect(() => inClusterAccess(() => undefined, fakeHost())).toThrow(
      'unable to load in-cluster configuration',
    )
  })

  it('keeps its token while the file is away', async () => {
    const host = fakeHost()
    host.files.set(`${account}/token`, 'the token')
    const access = inClusterAccess(environment, host)
    await access.authorization()
    host.files.remove(`${account}/token`)
    access.forget()
    expect(await access.authorization()).toBe('Bearer the token')
  })
})

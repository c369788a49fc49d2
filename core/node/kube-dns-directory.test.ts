import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Metrics } from '../metrics.ts'
import { KubeDnsDirectory } from './kube-dns-directory.ts'
import { declareSetupErrors } from './setup-errors.ts'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'fingerpost-kube-dns-'))
})
afterEach(() => rmSync(path, { recursive: true }))

const write = (key: string, text: string): void => writeFileSync(join(path, key), text)

describe('the directory of the ConfigMap kube-dns', () => {
  it('says nothing while it is missing, and is watched all the same', async () => {
    const metrics = new Metrics()
    const errors = declareSetupErrors(metrics).labels('configmap')
    const directory = new KubeDnsDirectory({
      path: join(path, 'no'),
      errors,
    })
    await directory.read()
    expect(directory.config.stubDomains.size).toBe(0)
    expect(directory.problems).toEqual([])
    expect(directory.files).toEqual([
      join(path, 'no/stubDomains'),
      join(path, 'no/upstreamNameservers'),
    ])
    expect(metrics.value('coredns_nodecache_setup_errors_total', 'configmap')).toBe(0)
  })

  it('keeps what it said while it is faulty, and counts each fault once', async () => {
    const metrics = new Metrics()
    const errors = declareSetupErrors(metrics).labels('configmap')
    const directory = new KubeDnsDirectory({ path, errors })
    const count = (): unknown => metrics.value('coredns_nodecache_setup_errors_total', 'configmap')
    write('stubDomains', '{"a.test": ["192.0.2.1"]}')
    write('upstreamNameservers', '["192.0.2.8"]')
    await directory.read()

    write('upstreamNameservers', '["nobody"]')
    write('stubDomains', '{}')
    await directory.read()
    await directory.read()
    expect([...directory.config.stubDomains.keys()]).toEqual(['a.test'])
    expect(directory.config.upstreamNameservers).toEqual(['192.0.2.8'])
    expect(directory.problems).toEqual([expect.stringContaining('"nobody" is no server')])
    expect(count()).toBe(1)

    write('upstreamNameservers', '["somebody"]')
    await directory.read()
    expect(count()).toBe(2)
    write('upstreamNameservers', '["192.0.2.9"]')
    await directory.read()
    expect(directory.config.stubDomains.size).toBe(0)
    expect(directory.config.upstreamNameservers).toEqual(['192.0.2.9'])
    expect(directory.problems).toEqual([])
  })
})

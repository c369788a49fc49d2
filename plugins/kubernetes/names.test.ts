import { Name } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { readSubject } from './names.ts'

const plain = { isMulticluster: false, isZonal: false }

function read(text: string, grammar = plain) {
  const { wire, labelCount } = text === '' ? Name.root : Name.parseText(text)
  return readSubject(wire, 0, labelCount, grammar)
}

describe('names in a cluster', () => {
  it.each([
    ['', { kind: 'fixed', isApex: true }],
    ['svc', { kind: 'fixed', isApex: false }],
    ['POD', { kind: 'fixed', isApex: false }],
    ['ns.svc', { kind: 'namespace', area: 'svc', namespace: 'ns' }],
    ['A.Ns.SVC', { kind: 'service', namespace: 'ns', service: 'a', endpoint: '' }],
    ['e.a.ns.svc', { endpoint: 'e', port: '', protocol: '' }],
    ['_http._tcp.a.ns.svc', { endpoint: '', port: 'http', protocol: 'tcp' }],
    ['http.tcp.a.ns.svc', { port: 'http', protocol: 'tcp' }],
    ['_._tcp.a.ns.svc', { port: '', protocol: 'tcp' }],
    ['x._http._tcp.a.ns.svc', { kind: 'impossible' }],
    ['1-2-3-4.ns.pod', { kind: 'pod', namespace: 'ns', address: '1-2-3-4' }],
    ['a.b.1-2-3-4.ns.pod', { kind: 'pod', address: '1-2-3-4' }],
    ['a.b.c.1-2-3-4.ns.pod', { kind: 'impossible' }],
    ['dns-version', { kind: 'version' }],
    ['ns.dns', { kind: 'server' }],
    ['a.ns.other', { kind: 'impossible' }],
    ['other', { kind: 'impossible' }],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  it('reads a cluster where several are joined', () => {
    const grammar = { ...plain, isMulticluster: true }
    expect(read('e.c1.a.ns.svc', grammar)).toMatchObject({ endpoint: 'e', cluster: 'c1' })
    expect(read('_http._tcp.a.ns.svc', grammar)).toMatchObject({ port: 'http', cluster: '' })
  })

  it('reads a zone with dots in it', () => {
    const subject = read('eu.west-1.pin._zone.a.ns.svc', { ...plain, isZonal: true })
    expect(subject).toMatchObject({ zonal: { directive: 'pin', zone: 'eu.west-1' } })
  })
})

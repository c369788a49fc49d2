import { describe, expect, it } from 'vitest'
import { missingServiceHelp, serviceAddress, serviceVariable } from './upstream-service.ts'

describe('the Service of the cluster DNS', () => {
  it('is told by a variable in capitals, with underscores', () => {
    expect(serviceVariable('kube-dns-upstream')).toBe('KUBE_DNS_UPSTREAM_SERVICE_HOST')
  })

  it.each([
    ['10.96.0.99', '10.96.0.99'],
    ['fd00::63', 'fd00::63'],
    ['None', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('with the value %j has the address %j', (value, address) => {
    expect(serviceAddress('kube-dns', { KUBE_DNS_SERVICE_HOST: value })).toBe(address)
  })

  it.each([
    [{}, /KUBE_DNS_SERVICE_HOST is not set: create the Service "kube-dns"/],
    [{ KUBE_DNS_SERVICE_HOST: 'None' }, /is "None", which is no IP address.*-upstreamsvc/],
  ])('without an address in %j says what to do', (environment, help) => {
    expect(missingServiceHelp('kube-dns', environment)).toMatch(help)
  })
})

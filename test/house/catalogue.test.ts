import { describe, expect, it } from 'vitest'
import { absent, catalogue } from '../../plugins/index.ts'
import { pluginNames } from './sources.ts'

// The order in which CoreDNS 1.14.7 asks its plugins.
const ORDER = (
  'root metadata geoip cancel proxyproto quic grpc_server https https3 timeouts multisocket reload ' +
  'nsid bufsize bind debug trace ready health pprof shed prometheus errors log dnstap local dns64 ' +
  'any chaos loadbalance tsig rewrite autopath acl cache header dnssec tls minimal template ' +
  'transfer hosts route53 azure clouddns k8s_external kubernetes file auto secondary etcd loop ' +
  'forward grpc erratic whoami on sign view nomad'
).split(' ')

const names = catalogue.map(({ name }) => name)

describe('the catalogue', () => {
  it("has CoreDNS's plugins in CoreDNS's order", () => {
    const known = names.filter((name) => ORDER.includes(name))
    expect(known).toEqual(ORDER.filter((name) => names.includes(name)))
  })

  it('has every folder of plugins/ and nothing else', () => {
    expect([...names].sort()).toEqual(pluginNames)
  })

  it('loads plugins that are called what the catalogue calls them', async () => {
    const loaded = await Promise.all(catalogue.map(({ load }) => load()))
    expect(loaded.map(({ name }) => name)).toEqual(names)
  })

  it("knows all of CoreDNS's other directives as absent", () => {
    const missing = ORDER.filter((name) => !names.includes(name))
    expect([...absent.keys()].sort()).toEqual(missing.sort())
  })
})

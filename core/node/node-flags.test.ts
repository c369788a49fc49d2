import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../flag-syntax.ts'
import { formatNodeUsage, nodeSpecs, parseNodeFlags } from './node-flags.ts'

const ips = ['-localip', '169.254.20.10']

describe('the flags of a node', () => {
  it('are those of the usual manifest', () => {
    const words =
      '-localip 169.254.20.10,10.96.0.10 -conf /etc/Corefile -upstreamsvc kube-dns-upstream'
    expect(parseNodeFlags(words.split(' '))).toMatchObject({
      localIps: ['169.254.20.10', '10.96.0.10'],
      output: '/etc/Corefile',
      upstreamService: 'kube-dns-upstream',
      template: '/etc/coredns/Corefile.base',
      conf: '/etc/coredns/Corefile.base',
    })
  })

  it("have node-cache's defaults", () => {
    expect(parseNodeFlags(ips)).toMatchObject({
      setsUpInterface: true,
      interfaceName: 'nodelocaldns',
      rules: 'auto',
      syncIntervalMs: 60_000,
      metricsAddress: '0.0.0.0:9353',
      prometheusAddress: ':9253',
      template: '/etc/coredns/Corefile.base',
      output: '/etc/Corefile',
      kubeDnsDirectory: '/etc/kube-dns',
      upstreamService: 'kube-dns',
      healthPort: 8080,
      keepsNetwork: false,
      dnsPort: 53,
      pidfile: '',
    })
  })

  it.each([
    [['-setupinterface=false'], { setsUpInterface: false }],
    [['-setupiptables=false'], { rules: 'none' }],
    [['-setupiptables', '-rules', 'nftables'], { rules: 'nftables' }],
    [['--corefile=/x'], { output: '/x' }],
    [['-basecorefile', '/t'], { template: '/t', conf: '/t' }],
    [['-kubednscm='], { kubeDnsDirectory: '/etc/kube-dns' }],
    [['-kubednscm', '/k'], { kubeDnsDirectory: '/k' }],
    [['-metrics-listen-address', '0'], { metricsAddress: '' }],
    [['-metrics-listen-address=off'], { metricsAddress: '' }],
    [['-skipteardown'], { keepsNetwork: true }],
    [['-reloadwithsignal'], {}],
    [['-resolved-stub', 'avoid'], { stubUse: 'avoid' }],
    [['-dns.port', '1053', '-admin', 'off'], { dnsPort: 1053, admin: 'off' }],
    // A duration in nanoseconds that node-cache takes for seconds, and what people write.
    [['-syncinterval=30ns'], { syncIntervalMs: 30_000 }],
    [['-syncinterval', '30'], { syncIntervalMs: 30_000 }],
    [['-syncinterval', '30s'], { syncIntervalMs: 30_000 }],
    [['-syncinterval', '2m'], { syncIntervalMs: 120_000 }],
  ])('read %j', (words, flags) => {
    expect(parseNodeFlags([...ips, ...words])).toMatchObject(flags)
  })

  it.each([
    [[], /-localip is needed/],
    [['-localip', 'x'], /invalid localip specified - "x"/],
    [[...ips, '-syncinterval', '0'], /1s to 1h, for example 60s/],
    [[...ips, '-syncinterval', '30h'], /1s to 1h/],
    [[...ips, '-syncinterval', 'soon'], /1s to 1h/],
    [[...ips, '-rules', 'ebpf'], /one of auto, iptables, nftables, none/],
    [[...ips, '-interfacename', 'much-too-long-a-name'], /can't be the name of an interface/],
    [[...ips, '-health-port', 'x'], /a port is 0 to 65535/],
    [[...ips, '-nosuch'], /flag provided but not defined: -nosuch/],
    [[...ips, 'word'], /extra command line argument: word/],
  ])('refuse %j', (words, message) => {
    expect(() => parseNodeFlags(words)).toThrow(UsageError)
    expect(() => parseNodeFlags(words)).toThrow(message)
  })

  it('are all explained, with nothing needed to ask for that', () => {
    expect(parseNodeFlags(['-help']).help).toBe(true)
    const usage = formatNodeUsage()
    const docs = readFileSync(new URL('../../docs/node.md', import.meta.url), 'utf8')
    for (const name of Object.keys(nodeSpecs)) {
      expect(usage).toContain(`  -${name} `)
      expect(docs).toContain(`\`-${name}\``)
    }
  })
})

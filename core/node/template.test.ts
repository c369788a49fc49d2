import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fillTemplate, type TemplateValues, usesClusterDns } from './template.ts'

const values: TemplateValues = {
  upstreamServers: [],
  resolvConf: '/etc/resolv.conf',
  clusterDns: '10.96.0.99',
  localIps: ['169.254.20.10', '10.96.0.10'],
  clusterDomain: 'cluster.local',
  metricsAddress: ':9253',
}
const fill = (template: string, changes: Partial<TemplateValues> = {}): string =>
  fillTemplate(template, { ...values, ...changes }).text

describe('a template of a Corefile', () => {
  it.each<[string, string, Partial<TemplateValues>]>([
    ['forward . __PILLAR__UPSTREAM__SERVERS__', 'forward . /etc/resolv.conf', {}],
    [
      'forward . __PILLAR__UPSTREAM__SERVERS__',
      'forward . /run/systemd/resolve/resolv.conf',
      { resolvConf: '/run/systemd/resolve/resolv.conf' },
    ],
    [
      'forward . __PILLAR__UPSTREAM__SERVERS__',
      'forward . 192.0.2.1 192.0.2.2:5353',
      { upstreamServers: ['192.0.2.1', '192.0.2.2:5353'] },
    ],
    ['forward . __PILLAR__CLUSTER__DNS__', 'forward . 10.96.0.99', {}],
    ['# __PILLAR__CLUSTER__DNS__', '# __PILLAR__CLUSTER__DNS__', { clusterDns: undefined }],
    ['bind __PILLAR__LOCAL__DNS__', 'bind 169.254.20.10 10.96.0.10', {}],
    [
      'bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__',
      'bind 169.254.20.10 fd00::a ',
      { localIps: ['169.254.20.10', 'fd00::a'] },
    ],
    ['health __PILLAR__LOCAL__DNS__:8080', 'health 169.254.20.10:8080', {}],
    ['health __PILLAR__LOCAL__DNS__:8080', 'health [fd00::a]:8080', { localIps: ['fd00::a'] }],
    ['__PILLAR__DNS__DOMAIN__:53 {', 'cluster.local:53 {', {}],
    ['prometheus __PROMETHEUS__ENDPOINT__', 'prometheus :9253', {}],
    [
      'prometheus __PILLAR__PROMETHEUS__ENDPOINT__',
      'prometheus 127.0.0.1:9253',
      { metricsAddress: '127.0.0.1:9253' },
    ],
    ['__PILLAR__UNKNOWN__', '__PILLAR__UNKNOWN__', {}],
  ])('makes of %j %j', (template, text, changes) => {
    expect(fill(template, changes)).toBe(text)
  })

  const forced = `.:53 {
    forward . __PILLAR__UPSTREAM__SERVERS__ {
            force_tcp
    }
    cache
}
`

  it('asks servers of its own over UDP where it is written as node-cache expects', () => {
    const { text, warnings } = fillTemplate(forced, { ...values, upstreamServers: ['192.0.2.1'] })
    expect(text).not.toContain('force_tcp')
    expect(text).toContain('\n    forward . 192.0.2.1\n')
    expect(warnings).toEqual([])
    // Places in what comes out are places in the template.
    const lineOf = (whole: string): number => whole.split('\n').indexOf('    cache')
    expect(lineOf(text)).toBe(lineOf(forced))
  })

  it.each([
    ['other spaces', forced.replace('            force_tcp', '        force_tcp')],
    ['other options', forced.replace('force_tcp', 'force_tcp\n            expire 20s')],
  ])('keeps TCP with %s, and says so', (_, template) => {
    const { text, warnings } = fillTemplate(template, { ...values, upstreamServers: ['192.0.2.1'] })
    expect(text).toContain('forward . 192.0.2.1 {')
    expect(text).toContain('force_tcp')
    expect(warnings).toEqual([expect.stringContaining('force_tcp')])
  })

  it('keeps TCP to the host resolvers as it is written', () => {
    const { text, warnings } = fillTemplate(forced, values)
    expect(text).toBe(forced.replace('__PILLAR__UPSTREAM__SERVERS__', '/etc/resolv.conf'))
    expect(warnings).toEqual([])
  })

  it.each([
    ['forward . __PILLAR__CLUSTER__DNS__ {', true],
    ['# forward . __PILLAR__CLUSTER__DNS__', false],
    ['forward . 10.0.0.1 # not __PILLAR__CLUSTER__DNS__', false],
    ['forward . a#__PILLAR__CLUSTER__DNS__', true],
    ['', false],
  ])('that says %j sends queries to the cluster: %j', (template, does) => {
    expect(usesClusterDns(template)).toBe(does)
  })

  it('is the stock one of node-cache, and nothing stays open in it', () => {
    const stock = readFileSync(
      new URL('../../examples/node/Corefile.base', import.meta.url),
      'utf8',
    )
    const text = fill(stock)
    expect(text).not.toContain('__')
    expect(text.split('\n').length).toBe(stock.split('\n').length)
    expect(text).toContain('    bind 169.254.20.10 10.96.0.10 \n')
    expect(text).toContain('    health 169.254.20.10:8080\n')
  })
})

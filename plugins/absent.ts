/**
 * Directives of CoreDNS that this version does not have: known, so that an error says what they are
 * and what to write instead, not that they may be a mistyped word.
 */

import type { AbsentDirective } from '@fingerpost/sdk'

/** By name. What is not there for now only has no entry of its own: see {@link absentDirective}. */
const reasons: Readonly<Record<string, AbsentDirective>> = {
  azure: {
    what: 'reads zones of Azure DNS',
    instead: "forward the zone to Azure's resolver (168.63.129.16), or keep it in a file",
  },
  clouddns: {
    what: 'reads zones of Google Cloud DNS',
    instead: 'forward the zone to 169.254.169.254, or keep it in a file',
  },
  grpc_server: {
    what: 'sets limits of gRPC listeners, which are not there',
    instead: 'serve tls:// or https:// instead of grpc://',
  },
  https3: {
    what: 'sets limits of HTTP/3 listeners, which no runtime offers',
    instead: 'serve https:// instead of https3://',
  },
  nomad: {
    what: 'reads the services of HashiCorp Nomad',
    instead: "forward the zone to Consul's DNS, or write a plugin (fingerpost new plugin)",
  },
  on: {
    what: 'runs commands when the server starts and ends',
    instead: 'let what starts the server run them (an init container, ExecStartPre=)',
  },
  quic: {
    what: 'sets limits of DNS over QUIC, which no runtime offers',
    instead: 'serve tls:// instead of quic://',
  },
  route53: {
    what: 'reads zones of Amazon Route 53',
    instead: 'forward the zone to the VPC resolver (169.254.169.253), or keep it in a file',
  },
}

/** What is known of a directive that is not there. */
export function absentDirective(name: string): AbsentDirective {
  return Object.hasOwn(reasons, name)
    ? (reasons[name] as AbsentDirective)
    : { what: 'is not there yet', instead: 'remove it, or run this server block with CoreDNS' }
}

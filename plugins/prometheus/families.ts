/** The metrics of queries that CoreDNS has, and their buckets. */

import { type Counter, DURATION_BOUNDS, type Histogram, type Host } from '@fingerpost/sdk'

/** All of them; the label sets are chosen elsewhere. */
export interface Families {
  readonly requests: Counter
  readonly durations: Histogram
  readonly requestSizes: Histogram
  readonly dnssecRequests: Counter
  readonly responseSizes: Histogram
  readonly responses: Counter
}

const SIZE_BOUNDS = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]

/** Declares the metrics. */
export function declareFamilies(host: Host): Families {
  const where = ['server', 'zone', 'view']
  return {
    requests: host.counter('coredns_dns_requests_total', 'Queries.', [
      ...where,
      'proto',
      'family',
      'type',
    ]),
    durations: host.histogram(
      'coredns_dns_request_duration_seconds',
      'How long queries took to be answered.',
      DURATION_BOUNDS,
      where,
    ),
    requestSizes: host.histogram(
      'coredns_dns_request_size_bytes',
      'Sizes of queries.',
      SIZE_BOUNDS,
      [...where, 'proto'],
    ),
    dnssecRequests: host.counter('coredns_dns_do_requests_total', 'Queries with DO set.', where),
    responseSizes: host.histogram(
      'coredns_dns_response_size_bytes',
      'Sizes of responses.',
      SIZE_BOUNDS,
      [...where, 'proto'],
    ),
    responses: host.counter(
      'coredns_dns_responses_total',
      'Responses by RCODE and by the plugin that answered.',
      [...where, 'rcode', 'plugin'],
    ),
  }
}

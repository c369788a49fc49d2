/**
 * The metrics that dashboards for CoreDNS 1.14 know, of the plugins that are here: kinds, labels
 * and buckets as its source has them. Copied, not derived: the names are a contract.
 */

import type { MetricKind } from '../../core/metrics.ts'

/** One metric. */
export interface ReferenceMetric {
  readonly kind: MetricKind
  readonly labels: readonly string[]
  readonly bounds?: readonly number[]
}

const counter = (...labels: string[]): ReferenceMetric => ({ kind: 'counter', labels })
const gauge = (...labels: string[]): ReferenceMetric => ({ kind: 'gauge', labels })
const histogram = (bounds: readonly number[], ...labels: string[]): ReferenceMetric => ({
  kind: 'histogram',
  labels,
  bounds,
})

const timeBounds = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024,
  2.048, 4.096, 8.192,
]
const slimTimeBounds = [0.00025, 0.0025, 0.025, 0.25, 2.5]
const sizeBounds = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000]

/** Names with what belongs to them. */
export const referenceMetrics: Readonly<Record<string, ReferenceMetric>> = {
  // Core
  coredns_build_info: gauge('version', 'revision', 'goversion'),
  coredns_panics_total: counter(),
  coredns_shed_dropped_total: counter('server', 'reason'),
  coredns_plugin_enabled: gauge('server', 'zone', 'view', 'name'),
  coredns_dns_https_responses_total: counter('server', 'status'),
  process_cpu_seconds_total: counter(),
  process_max_fds: gauge(),
  process_open_fds: gauge(),
  process_resident_memory_bytes: gauge(),
  process_start_time_seconds: gauge(),
  process_virtual_memory_bytes: gauge(),
  // prometheus
  coredns_dns_requests_total: counter('server', 'zone', 'view', 'proto', 'family', 'type'),
  coredns_dns_request_duration_seconds: histogram(timeBounds, 'server', 'zone', 'view'),
  coredns_dns_request_size_bytes: histogram(sizeBounds, 'server', 'zone', 'view', 'proto'),
  coredns_dns_do_requests_total: counter('server', 'zone', 'view'),
  coredns_dns_response_size_bytes: histogram(sizeBounds, 'server', 'zone', 'view', 'proto'),
  coredns_dns_responses_total: counter('server', 'zone', 'view', 'rcode', 'plugin'),
  // acl
  coredns_acl_allowed_requests_total: counter('server', 'view'),
  coredns_acl_blocked_requests_total: counter('server', 'zone', 'view'),
  coredns_acl_filtered_requests_total: counter('server', 'zone', 'view'),
  coredns_acl_dropped_requests_total: counter('server', 'zone', 'view'),
  // cache
  coredns_cache_entries: gauge('server', 'type', 'zones', 'view'),
  coredns_cache_hits_total: counter('server', 'type', 'zones', 'view'),
  coredns_cache_misses_total: counter('server', 'zones', 'view'),
  coredns_cache_requests_total: counter('server', 'zones', 'view'),
  coredns_cache_prefetch_total: counter('server', 'zones', 'view'),
  coredns_cache_drops_total: counter('server', 'zones', 'view'),
  coredns_cache_served_stale_total: counter('server', 'zones', 'view'),
  coredns_cache_evictions_total: counter('server', 'type', 'zones', 'view'),
  // dns64
  coredns_dns64_requests_translated_total: counter('server'),
  // forward
  coredns_forward_healthcheck_broken_total: counter(),
  coredns_forward_max_concurrent_rejects_total: counter(),
  coredns_proxy_request_duration_seconds: histogram(timeBounds, 'proxy_name', 'to', 'rcode'),
  coredns_proxy_healthcheck_failures_total: counter('proxy_name', 'to'),
  coredns_proxy_conn_cache_hits_total: counter('proxy_name', 'to', 'proto'),
  coredns_proxy_conn_cache_misses_total: counter('proxy_name', 'to', 'proto'),
  // rrl, CoreDNS's external plugin
  coredns_rrl_responses_exceeded_total: counter('client_ip'),
  coredns_rrl_requests_exceeded_total: counter('client_ip'),
  // grpc
  coredns_grpc_requests_total: counter('to'),
  coredns_grpc_responses_total: counter('rcode', 'to'),
  coredns_grpc_request_duration_seconds: histogram(timeBounds, 'to'),
  // autopath
  coredns_autopath_success_total: counter('server'),
  // dnssec
  coredns_dnssec_cache_entries: gauge('server', 'type'),
  coredns_dnssec_cache_hits_total: counter('server'),
  coredns_dnssec_cache_misses_total: counter('server'),
  // health
  coredns_health_request_duration_seconds: histogram(slimTimeBounds),
  coredns_health_request_failures_total: counter(),
  // hosts
  coredns_hosts_entries: gauge('hostsfile'),
  coredns_hosts_reload_timestamp_seconds: gauge(),
  // kubernetes; rate_limiter_duration_seconds is left out: nothing limits the rate of requests
  coredns_kubernetes_dns_programming_duration_seconds: histogram(
    Array.from({ length: 20 }, (_, i) => 0.001 * 2 ** i),
    'service_kind',
  ),
  coredns_kubernetes_rest_client_request_duration_seconds: histogram(
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ...['verb', 'host'],
  ),
  coredns_kubernetes_rest_client_requests_total: counter('code', 'method', 'host'),
  // local
  coredns_local_localhost_requests_total: counter(),
  // reload
  coredns_reload_failed_total: counter(),
  coredns_reload_version_info: gauge('hash', 'value'),
  // template
  coredns_template_matches_total: counter('server', 'zone', 'view', 'class', 'type'),
  coredns_template_template_failures_total: counter(
    ...['server', 'zone', 'view', 'class', 'type', 'section', 'template'],
  ),
  coredns_template_rr_failures_total: counter(
    ...['server', 'zone', 'view', 'class', 'type', 'section', 'template'],
  ),
}

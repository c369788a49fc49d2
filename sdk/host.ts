/**
 * What a plugin gets from its surroundings: all input and output goes through here, so that the
 * same plugin runs under three runtimes and, in tests, under a fake clock (DESIGN D5).
 */

import type { Token } from './config.ts'
import type { Offered, Offers } from './offers.ts'
import type { Cidr } from './options/words/cidr.ts'
import type { Message } from './wire/message.ts'
import type { Name } from './wire/name.ts'
import type { Listener, Query } from './wire/query.ts'

/** The surroundings of one plugin instance. */
export interface Host {
  /** The plugin's name. */
  readonly plugin: string
  readonly block: Block
  /** What the block asks of core; *bind*, *root*, *debug* and their like write here in setup. */
  readonly settings: BlockSettings
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly network: Network
  /** The runtime's `fetch`. */
  readonly fetch: typeof fetch
  /** What the server calls itself. */
  readonly identity: Identity
  /** A variable of the process's environment; undefined when it isn't set. */
  environment(name: string): string | undefined
  /** What {@link Handler.handover} of the same plugin in the running generation gave, if any. */
  readonly inherited: unknown

  /**
   * A counter. `name` gets the prefix `coredns_<plugin>_` unless it starts with `coredns_` or
   * `fingerpost_`. With `labelNames`, use {@link Counter.labels}. The same name gives the same
   * counter to every instance, and outlives generations.
   */
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  /** A gauge; names as for {@link Host.counter}. */
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge
  /** A histogram over ascending upper bounds, `+Inf` implied; names as for {@link Host.counter}. */
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly string[],
  ): Histogram

  /**
   * What other plugins of the block offer, in the order of the chain. Complete only when all of
   * them are set up: ask in `started`, or with the first query.
   */
  offers<K extends keyof Offers>(kind: K): readonly Offered<NonNullable<Offers[K]>>[]
  /**
   * Asks the server itself, from the choice of the server block on. Never rejects. Lookups deeper
   * than 10 get SERVFAIL.
   */
  resolve(query: Query): Promise<Message>
  /** Ends the process with exit code 1 after logging `message`: CoreDNS does so on a loop. */
  fatal(message: string): void
}

/** What clients may be told of the server: *chaos*, *nsid*. */
export interface Identity {
  /** Program and version: `Fingerpost-1.2.3`. */
  readonly program: string
  /** The machine's own name; that of the pod in Kubernetes. */
  readonly hostname: string
}

/** The server block that a plugin instance serves. */
export interface Block {
  /** Zones of the block's keys, lower case, in the order of the keys. */
  readonly zones: readonly Name[]
  /** One per key: `dns://example.org.:53`. */
  readonly keys: readonly string[]
  /** The block's listeners; known when the generation has started, empty in setup. */
  readonly listeners: readonly Listener[]
  /** The directive's own words, for a `ConfigError` that setup throws. */
  readonly at: Token
}

/** What plugins without a place in the chain ask of core. Written during setup only. */
export interface BlockSettings {
  /** Addresses to listen on (*bind*); empty for the wildcard. */
  readonly bindAddresses: string[]
  /** Base of relative paths (*root*); empty for the working directory. */
  root: string
  /** Turns debug logs on (*debug*). */
  isDebug: boolean
  /** Serves classes other than IN on the block's listeners (*chaos*, *forward*). */
  servesAllClasses: boolean
  /** HTTP endpoints that core opens for the process (*health*, *ready*, *prometheus*, *pprof*). */
  readonly endpoints: Endpoint[]
  /** Certificate and rules of the block's TLS and HTTPS listeners (*tls*). */
  tls: TlsSettings | undefined
  /** Whose PROXY headers count on the block's listeners (*proxyproto*); undefined for nobody's. */
  proxyProtocol: ProxyProtocolSettings | undefined
  /** Limits of the block's stream listeners (*timeouts*). */
  streams: StreamSettings
  /** Connections of the block's HTTPS listeners (*https*); undefined for the default. */
  httpsConnections: number | undefined
  /** UDP sockets per address and port (*multisocket*); 0 for one per processor. */
  socketCount: number
  /** The name of the block's *view*; empty without one. Labels of metrics have it. */
  viewName: string
  /** How the configuration is looked at for changes (*reload*); undefined without the plugin. */
  reload: ReloadSettings | undefined
}

/** An HTTP endpoint with CoreDNS's paths and bodies. */
export type Endpoint =
  | {
      readonly kind: 'health'
      readonly address: string
      readonly port: number
      /** How long the process goes on answering after it was told to end. */
      readonly lameduckMs: number
      readonly at: Token
    }
  | {
      readonly kind: 'ready'
      readonly address: string
      readonly port: number
      /** Whether a plugin that was ready once is asked again. */
      readonly isContinuous: boolean
      readonly at: Token
    }
  | {
      readonly kind: 'metrics'
      readonly address: string
      readonly port: number
      /** Whether metrics of the runtime are wanted as well. */
      readonly hasRuntimeMetrics: boolean
      readonly at: Token
    }
  | {
      /** Profiles of the process. */
      readonly kind: 'pprof'
      readonly address: string
      readonly port: number
      readonly at: Token
    }

/** Paths are already resolved against the block's `root`. */
export interface TlsSettings {
  readonly certPath: string
  readonly keyPath: string
  readonly caPath: string | undefined
  readonly clientAuth: 'nocert' | 'request' | 'require' | 'verify_if_given' | 'require_and_verify'
  readonly keylogPath: string | undefined
  readonly at: Token
}

/**
 * What is done with a PROXY header: it is believed, passed over, a reason to close the connection
 * or drop the datagram, or taken for DNS.
 */
export type ProxyRule = 'use' | 'ignore' | 'reject' | 'skip'

/** Balancers that name the client by the PROXY protocol. */
export interface ProxyProtocolSettings {
  /** Those whose headers are believed. */
  readonly networks: readonly Cidr[]
  /** What holds for all others. */
  readonly otherwise: ProxyRule
  /** How long a header sent in a datagram of its own holds for those that follow; 0 for not. */
  readonly udpSessionMs: number
  /** Such headers that are remembered at the same time. */
  readonly maxUdpSessions: number
}

/** Undefined where the default holds. */
export interface StreamSettings {
  readonly readMs: number | undefined
  readonly writeMs: number | undefined
  readonly idleMs: number | undefined
  /** Queries per connection; -1 for no limit. */
  readonly maxQueries: number | undefined
}

export interface ReloadSettings {
  readonly intervalMs: number
  readonly jitterMs: number
}

/** Log lines in CoreDNS's shape: `[LEVEL] plugin/NAME: text`. */
export interface Logger {
  debug(text: string): void
  info(text: string): void
  warning(text: string): void
  error(text: string): void
  /** A line without the `plugin/NAME: ` prefix at INFO level: *log*'s query lines. */
  line(text: string): void
}

/** Time and timers. Times are milliseconds. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary moment; cheap, for the hot path. */
  now(): number
  /** Milliseconds since the Unix epoch. */
  wallNow(): number
  /** Runs `run` once after `delayMs`; 0 is the next turn of the event loop. */
  after(delayMs: number, run: () => void): Timer
  /** Runs `run` every `intervalMs`. */
  every(intervalMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** Randomness; cryptographically strong outside of tests. */
export interface Random {
  /** A whole number from 0 to 65,535: query ids. */
  uint16(): number
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
}

/** Files. Relative paths are relative to the block's `root`. */
export interface Files {
  /** @throws an error whose `code` is the operating system's (`ENOENT`, …) */
  readText(path: string): Promise<string>
  read(path: string): Promise<Uint8Array>
  /** Writes a file whole: others see the old one or the new one. */
  writeText(path: string, text: string): Promise<void>
  /** Undefined when there is nothing at `path`. */
  stat(path: string): Promise<FileStat | undefined>
  /** Names in a directory, sorted. */
  list(path: string): Promise<string[]>
  /**
   * Calls `onChange` soon after the file may have changed, by whatever means: written, replaced,
   * appeared; of a directory, that names in it did. Not every change is seen, so that looking from
   * time to time stays necessary. Returns what ends it.
   */
  watch(path: string, onChange: () => void): () => void
  /** The path that the functions above would use. */
  resolve(path: string): string
}

export interface FileStat {
  readonly modifiedMs: number
  readonly sizeBytes: number
  readonly isDirectory: boolean
}

/** Sockets towards others. */
export interface Network {
  /** A UDP socket connected to one remote address, on a random local port. */
  dialUdp(options: DialOptions, handlers: DatagramHandlers): Promise<DatagramSocket>
  /** A TCP or TLS connection. Resolves when it is established. */
  dialStream(options: StreamOptions, handlers: StreamHandlers): Promise<StreamSocket>
  /** A connection of HTTP/2, in the clear or over TLS (RFC 9113). Resolves when it is established. */
  dialHttp2(options: StreamOptions): Promise<Http2Connection>
  /** The host's interfaces and their addresses. */
  interfaces(): NetworkInterface[]
}

export interface DialOptions {
  /**
   * An IP address, possibly with a zone (`fe80::1%eth0`); for streams also a name, which the
   * system's resolver is asked for.
   */
  readonly address: string
  readonly port: number
  readonly localAddress?: string | undefined
}

export interface StreamOptions extends DialOptions {
  /** A Unix socket: address and port don't count then. */
  readonly path?: string | undefined
  readonly timeoutMs: number
  /** TLS ≥ 1.2 when given. PEM texts. */
  readonly tls?: TlsOptions | undefined
}

/** A connection that requests share. */
export interface Http2Connection {
  /** Whether requests can still be sent. */
  readonly isOpen: boolean
  /**
   * Sends a POST request whole and resolves with the response, whole. Rejects when there is none
   * within `timeoutMs`, or a longer one than `maxBytes`.
   */
  post(request: Http2Request): Promise<Http2Response>
  close(): void
}

export interface Http2Request {
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly timeoutMs: number
  readonly maxBytes: number
}

export interface Http2Response {
  readonly status: number
  /** Those of the header and of the trailer, in lower case. */
  readonly fields: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface TlsOptions {
  readonly serverName?: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly alpn?: readonly string[] | undefined
  /** Takes any certificate. */
  readonly isUnverified?: boolean | undefined
}

export interface DatagramHandlers {
  /** `bytes` belong to the receiver. */
  onMessage(bytes: Uint8Array): void
  /** The socket stays open: connection refused and the like. */
  onError(error: Error): void
}

export interface DatagramSocket {
  /** Undefined where the runtime doesn't tell it. */
  readonly localAddress?: string | undefined
  readonly localPort: number
  /** Returns false when the datagram was dropped because the system's buffer is full. */
  send(bytes: Uint8Array): boolean
  close(): void
}

export interface StreamHandlers {
  /** `bytes` belong to the receiver. */
  onData(bytes: Uint8Array): void
  /** Called once, with the reason when there was a fault. */
  onClose(error?: Error): void
}

export interface StreamSocket {
  /** Undefined where the runtime doesn't tell it. */
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Octets that were written and that the system has not taken yet: the other end is slow. */
  readonly unsentSize: number
  write(bytes: Uint8Array): void
  close(): void
}

export interface NetworkInterface {
  readonly name: string
  /** With a zone for link-local IPv6 addresses. */
  readonly addresses: readonly string[]
}

/** A number that only grows. */
export interface Counter {
  add(amount?: number): void
  /** The counter for one set of label values; keep it, don't look it up per query. */
  labels(...values: readonly string[]): Counter
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number): void
  add(amount: number): void
  labels(...values: readonly string[]): Gauge
  /** Shows one set of label values no more: what it told of is gone. Setting it shows it again. */
  remove(...values: readonly string[]): void
}

/** Observations in buckets. */
export interface Histogram {
  observe(value: number): void
  labels(...values: readonly string[]): Histogram
}

/**
 * The network of a node's DNS (reference 3.3, 3.4, 3.9): an interface that has the local addresses,
 * and the rules that lead queries past connection tracking to whoever listens there.
 */

import type { Clock, Counter, Gauge, Logger, Network } from '@fingerpost/sdk'
import type { Metrics } from '../../metrics.ts'
import { GuardProcess } from './guard-process.ts'
import { Interception } from './interception.ts'
import { Lease } from './lease.ts'
import { LinkError } from './link.ts'
import { answers } from './probe.ts'
import { RulesError } from './rules.ts'
import { runCommand } from './run-command.ts'
import { Watchdog } from './watchdog.ts'

/** How rules of the packet filter are made; `auto` takes what works. */
export type RulesKind = 'auto' | 'iptables' | 'nftables' | 'none'

/** What a node's network is made of. */
export interface NodeNetworkSettings {
  /** IPv4 and IPv6 addresses as they come. */
  readonly localIps: readonly string[]
  readonly interfaceName: string
  /** A type of link that `ip link add` knows: `dummy`. */
  readonly interfaceType: string
  /** Whether interface and addresses are made here; otherwise they are somebody else's. */
  readonly setsUpInterface: boolean
  readonly rules: RulesKind
  readonly dnsPort: number
  /** Port of `/health`, for its rules. */
  readonly healthPort: number
  /** How often interface and rules are looked at. */
  readonly syncIntervalMs: number
  /** Leaves interface and rules behind at the end. */
  readonly keepsNetwork: boolean
}

export interface NodeNetworkOptions extends NodeNetworkSettings {
  /**
   * Command line that starts this program, `node guard` excluded: the guard's. Undefined for no
   * guard, where it runs in a container of its own.
   */
  readonly program?: readonly string[] | undefined
  /** Counts what went wrong by its kind (`interface_add`, …). */
  readonly errors: Counter
  readonly clock: Clock
  readonly network: Pick<Network, 'dialUdp'>
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'counter' | 'gauge'>
  /** Runs the system's tools; tests bring their own. */
  readonly run?: RunCommand | undefined
}

/** Runs a program to its end. Never rejects: what can't be started has the status 127. */
export type RunCommand = (words: readonly string[], input?: string) => Promise<CommandResult>

export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** The network of one process. */
export interface NodeNetwork {
  /** What the network does right now: for pages and tests. */
  readonly state: NodeNetworkState
  /**
   * Before sockets are bound: makes interface and addresses, and takes away rules that a
   * predecessor left that answers nobody.
   * @throws Error with what to do about it when there can't be such an interface
   */
  prepare(): Promise<void>
  /** Makes what has been taken away since {@link prepare}. @throws Error as that one does */
  restoreInterface(): Promise<void>
  /**
   * Once queries are answered: becomes the owner of interface and rules, asks each address, and
   * only then puts its rules in. From then on keeps them, and takes them out while nobody answers.
   * Never rejects: what does not work is told, counted and tried again.
   */
  intercept(): Promise<void>
  /**
   * Before sockets are closed: takes out the rules, then the interface, unless they are a
   * successor's by now, or are to be left. Everything is still answered meanwhile. Never rejects.
   */
  stop(): Promise<void>
}

export interface NodeNetworkState {
  /** Whether rules are in (or, without rules, whether the addresses answer). */
  readonly isIntercepting: boolean
  /** Whether interface and rules are this process's to keep and to remove. */
  readonly isOwner: boolean
  /** What `auto` came to; undefined before the rules were first needed. */
  readonly rules: Exclude<RulesKind, 'auto'> | undefined
}

/** The network of a node, of which nothing is touched yet. */
export function openNodeNetwork(options: NodeNetworkOptions): NodeNetwork {
  return new OpenNetwork(options)
}

/** Answers under way may leave for so long after the last query was led here. */
const ANSWER_GRACE_MS = 250

class OpenNetwork implements NodeNetwork {
  readonly #options: NodeNetworkOptions
  readonly #interception: Interception
  readonly #lease: Lease
  readonly #watchdog: Watchdog
  readonly #metrics: NetworkMetrics
  #guard: GuardProcess | undefined
  #complaint = ''
  #isStopping = false

  constructor(options: NodeNetworkOptions) {
    this.#options = options
    const { clock, localIps, syncIntervalMs, interfaceName, dnsPort, metrics } = options
    this.#metrics = declareNetworkMetrics(metrics)
    this.#interception = new Interception(options, options.run ?? runCommand)
    this.#lease = new Lease({
      name: `${interfaceName}:${dnsPort}`,
      clock,
      onLost: () => this.#lose(),
      onRegained: () => this.#regain(),
    })
    this.#watchdog = new Watchdog({
      localIps,
      syncIntervalMs,
      clock,
      probe: (ip) => this.#probe(ip),
      hold: (ips) => this.#attempt(() => this.#interception.hold(ips)),
      onChange: (ip, isHeld) => this.#tellChange(ip, isHeld),
    })
  }

  get state(): NodeNetworkState {
    return {
      isIntercepting: this.#watchdog.held.length > 0,
      isOwner: this.#lease.isOwner,
      rules: this.#interception.kind,
    }
  }

  async prepare(): Promise<void> {
    const { localIps } = this.#options
    if (!this.#ownsSomething) return
    if (!(await this.#lease.announce())) {
      const answered = await Promise.all(localIps.map((ip) => this.#probe(ip)))
      if (!answered.includes(true)) await this.#attempt(() => this.#interception.clearRules())
    }
    await this.restoreInterface()
  }

  async restoreInterface(): Promise<void> {
    try {
      await this.#interception.makeInterface()
    } catch (error) {
      this.#count(error)
      throw error
    }
  }

  async intercept(): Promise<void> {
    if (this.#isStopping) return
    if (this.#ownsSomething) await this.#lease.take()
    this.#startGuard()
    await this.#watchdog.start()
    // Of what could not be made has been told already.
    if (this.#complaint !== '') return
    for (const ip of this.#options.localIps) {
      if (this.#watchdog.held.includes(ip)) continue
      const where = `${ip}:${this.#options.dnsPort}`
      this.#options.log.warning(`Nobody answers at ${where} yet: queries to it are left alone`)
    }
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    await this.#watchdog.stop()
    if (this.#lease.isOwner && !this.#options.keepsNetwork) {
      await this.#attempt(() => this.#interception.letGo())
      await pause(this.#options.clock, ANSWER_GRACE_MS)
      // Somebody who is about to bind sockets to the addresses must find them.
      const isWanted = this.#lease.hasSuccessor
      await this.#attempt(() =>
        isWanted ? this.#interception.clearRules() : this.#interception.remove(),
      )
    }
    this.#guard?.end()
    this.#lease.close()
  }

  get #ownsSomething(): boolean {
    return this.#options.setsUpInterface || this.#options.rules !== 'none'
  }

  async #lose(): Promise<void> {
    this.#options.log.info('Another process has taken over interface and rules of this node')
    await this.#watchdog.stop()
    this.#guard?.end()
    this.#guard = undefined
  }

  #regain(): void {
    if (this.#isStopping) return
    this.#options.log.warning('The process that had taken over is gone: back to this one')
    this.#startGuard()
    this.#watchdog.syncSoon()
    void this.#watchdog.start()
  }

  #startGuard(): void {
    const { program, clock, log } = this.#options
    if (program === undefined || this.#interception.kind === 'none') return
    this.#guard = new GuardProcess({
      settings: this.#options,
      program,
      clock,
      log,
      onWithdrawn: () => this.#watchdog.syncSoon(),
    })
  }

  #probe(ip: string): Promise<boolean> {
    return answers(this.#options, ip, this.#options.dnsPort)
  }

  /** Whether it worked; if not, that is counted and told once. */
  async #attempt(run: () => Promise<void>): Promise<boolean> {
    try {
      await run()
      this.#complaint = ''
      return true
    } catch (error) {
      this.#count(error)
      const text = error instanceof Error ? error.message : String(error)
      if (text !== this.#complaint) this.#options.log.error(text)
      this.#complaint = text
      return false
    }
  }

  #count(error: unknown): void {
    const isTyped = error instanceof LinkError || error instanceof RulesError
    this.#options.errors.labels(isTyped ? error.errorType : 'interface_check').add()
  }

  #tellChange(ip: string, isHeld: boolean): void {
    const { log, dnsPort } = this.#options
    this.#metrics.held.labels(ip).set(isHeld ? 1 : 0)
    this.#metrics.changes.labels(ip, isHeld ? 'here' : 'away').add()
    if (isHeld) log.info(`Queries to ${ip}:${dnsPort} are led here`)
    else log.error(`Nobody answers at ${ip}:${dnsPort}: queries to it are led away`)
  }
}

interface NetworkMetrics {
  readonly held: Gauge
  readonly changes: Counter
}

function declareNetworkMetrics(metrics: NodeNetworkOptions['metrics']): NetworkMetrics {
  return {
    held: metrics.gauge(
      'fingerpost_node_intercepting',
      'Whether queries to an address of this node are led to this server.',
      ['address'],
    ),
    changes: metrics.counter(
      'fingerpost_node_interception_changes_total',
      'How often queries to an address were led to this server (here) or to others (away).',
      ['address', 'to'],
    ),
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}

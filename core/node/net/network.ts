/**
 * The network of a node's DNS (reference 3.3, 3.4, 3.9): an interface that has the local addresses,
 * and the rules that lead queries past connection tracking to whoever listens there.
 */

import type { Clock, Counter, Logger, Network } from '@fingerpost/sdk'
import type { Metrics } from '../../metrics.ts'

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
  /**
   * Once queries are answered: becomes the owner of interface and rules, asks each address, and
   * only then puts the rules in. From then on keeps them, and takes them out while nobody answers.
   * @throws Error when no kind of rules works here
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

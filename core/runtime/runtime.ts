/**
 * What the three runtimes have to offer to the rest of core: everything that touches sockets,
 * files, time, randomness and the process goes through here.
 */

import type { Clock, Files, Network, Random } from '@fingerpost/sdk'

/** Bun, Deno or Node. */
export interface Runtime {
  readonly name: 'bun' | 'deno' | 'node'
  readonly version: string
  /** The command line without the executable and the script. */
  readonly args: readonly string[]
  /** The command line that starts this program again, without arguments. */
  readonly command: readonly string[]
  /** What the executable was called as: a path or a name. */
  readonly programName: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** File descriptors that the process may have; infinite where nothing is known. */
  readonly maxOpenFiles: number
  /** Processors that the process may use. */
  readonly processorCount: number
  /** Whether the system spreads datagrams over the sockets that share a port and an address. */
  readonly spreadsDatagrams: boolean
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly stdout: LineWriter
  readonly stderr: LineWriter
  /** Files with paths relative to `baseDirectory`; empty for the working directory. */
  files(baseDirectory: string): Files
  /** Binds one UDP socket. @throws an error whose `code` is the operating system's */
  bindUdp(options: UdpBindOptions, receiver: DatagramReceiver): Promise<UdpSocket>
  /** Calls `run` at each such signal in place of the default action; returns how to stop that. */
  onSignal(name: SignalName, run: () => void): () => void
  /** All of standard input as text. */
  readStdin(): Promise<string>
  /** Gives back memory that is not needed now; costs a pause. Not on all runtimes. */
  releaseMemory?(): Promise<void>
  /** Gives back pages of the program that are not in use now; what is used next is read again. */
  releasePages?(): void
  /**
   * Suits the engine to a program that holds many objects: memory is collected earlier, at the price
   * of some more processor time, and in shorter pauses. It may start the program anew in the same
   * process for that and not return, so nothing must have been opened yet. Nothing happens where it
   * is so already, where the environment says how it is to be, or can't be done.
   */
  suitManyObjects?(): void
  /**
   * Asks the system to run this thread soon after something came for it, for shorter times at once.
   * Nothing happens where it can't be asked.
   */
  askForShortSlices?(): Promise<void>
  /** Writes out what {@link stdout} and {@link stderr} hold and ends the process. */
  exit(code: number): never
}

export type SignalName = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'

/** Lines of text to a stream; those of one turn of the event loop leave together. */
export interface LineWriter {
  /** Lines thrown away because the reader is too slow. */
  readonly droppedCount: number
  /** `line` without its line feed. */
  write(line: string): void
  /** Writes out what is held, at once. */
  flush(): void
}

export interface UdpBindOptions {
  readonly address: string
  readonly port: number
  /**
   * Whether other sockets that say the same may have the port as well. Among them the kernel
   * prefers the one bound to the address asked over one bound to the wildcard address.
   */
  readonly isShared: boolean
}

/** Who gets a UDP socket's datagrams. */
export interface DatagramReceiver {
  /** `bytes` belong to the receiver, in a buffer about their size. */
  onDatagram(bytes: Uint8Array, port: number, address: string): void
  /** The system takes datagrams again. */
  onDrain(): void
  /** More has been coming than can be answered, without a pause, where the runtime can tell. */
  onLongTurn(): void
  /**
   * So many more were dropped since there was no room for them, where the runtime can tell;
   * `heaviest` sends the most, if somebody does.
   */
  onDropped(count: number, heaviest?: string): void
  /** The socket stays open: a peer that is gone and the like. */
  onError(error: unknown): void
}

/** A bound UDP socket. */
export interface UdpSocket {
  readonly port: number
  /**
   * Sends datagrams, given as octets, port and address by turns; returns how many the system took.
   * The rest may be tried again after {@link DatagramReceiver.onDrain}.
   * @throws when the first of them cannot be sent at all
   */
  sendMany(datagrams: readonly (Uint8Array | number | string)[]): number
  /**
   * Hands on what has arrived by now, without waiting for the event loop; returns how many datagrams
   * that were. Undefined where the runtime can't.
   */
  receiveMore?(): number
  /**
   * Has the system choose between so many sockets that share the address and the port by the name
   * that is asked for; with 1 it spreads clients. Undefined where the runtime can't.
   */
  steer?(socketCount: number): Promise<void>
  /**
   * Has others that share the port get all datagrams from now on; resolves when those that had
   * arrived were received. Undefined where the runtime can't: closing loses some then.
   */
  stopReceiving?(): Promise<void>
  /** Resolves when the port is free again. */
  close(): Promise<void>
}

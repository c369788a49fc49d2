/**
 * Who of several processes on a node keeps interface and rules. During an upgrade there are two of
 * them, in containers that share nothing but the network: so the lease is a socket in the abstract
 * namespace, which belongs to the network namespace, is free the moment its owner dies, and leaves
 * no file behind.
 */

import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@fingerpost/sdk'

/** How long an owner may take to give the lease away; one that hangs is passed over. */
export const GIVE_TIMEOUT_MS = 1000
/** The lease of a process that has just given it away, or died, is free after a moment. */
const FREE_ATTEMPTS = 10
const FREE_STEP_MS = 50

export interface LeaseOptions {
  /** What tells leases of a network namespace from each other. */
  readonly name: string
  readonly clock: Clock
  /** A successor takes over; what is under way is to be finished before this resolves. */
  onLost(): Promise<void>
  /** The successor is gone again: the lease is back. */
  onRegained(): void
}

export class Lease {
  readonly #options: LeaseOptions
  readonly #path: string
  readonly #waiting = new Set<Socket>()
  #server: Server | undefined
  #successor: Socket | undefined
  #predecessor: Socket | undefined
  #isOwner = false
  #isClosed = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#path = `\0fingerpost/node/${options.name}`
  }

  get isOwner(): boolean {
    return this.#isOwner
  }

  /** Whether there is somebody who will want interface and addresses. */
  get hasSuccessor(): boolean {
    return this.#waiting.size > 0 || this.#successor !== undefined
  }

  /** Lets the owner, if there is one, know that somebody comes; true if there is one. */
  async announce(): Promise<boolean> {
    return (await this.#find()) !== undefined
  }

  /** Becomes the owner, whatever the present one says. */
  async take(): Promise<void> {
    const { clock } = this.#options
    this.#isOwner = true
    for (let attempt = 0; attempt < FREE_ATTEMPTS; attempt++) {
      if (await this.#listen()) return
      const owner = await this.#find()
      // One that hangs gives it away when it wakes up: see below.
      if (owner !== undefined && !(await ask(owner, clock))) return
      await pause(clock, FREE_STEP_MS)
    }
  }

  /** Gives the lease up for good. */
  close(): void {
    this.#isClosed = true
    this.#isOwner = false
    this.#server?.close()
    this.#server = undefined
    for (const socket of [...this.#waiting, this.#successor, this.#predecessor]) socket?.destroy()
  }

  /** The owner there is, if there is one. */
  async #find(): Promise<Socket | undefined> {
    if (this.#predecessor !== undefined) return this.#predecessor
    const socket = await open(this.#path)
    if (socket === undefined) return undefined
    this.#predecessor = socket
    const claim = (): void => {
      if (this.#isOwner && this.#server === undefined) void this.#listen()
    }
    // Given away later than it was waited for.
    socket.on('data', claim)
    socket.on('close', () => {
      this.#predecessor = undefined
      claim()
    })
    return socket
  }

  /** Tries to hold the name; false if somebody else has it. */
  #listen(): Promise<boolean> {
    if (this.#server !== undefined) return Promise.resolve(true)
    return new Promise((resolve) => {
      const server = createServer((socket) => this.#accept(socket))
      server.once('error', () => resolve(false))
      server.listen({ path: this.#path }, () => {
        // The lease alone is no reason to go on living.
        server.unref()
        this.#server = server
        resolve(true)
      })
    })
  }

  #accept(socket: Socket): void {
    this.#waiting.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#waiting.delete(socket)
      if (this.#successor === socket) void this.#regain()
    })
    socket.once('data', () => void this.#give(socket))
  }

  async #give(socket: Socket): Promise<void> {
    if (!this.#isOwner) return
    this.#isOwner = false
    this.#successor = socket
    await this.#options.onLost()
    this.#server?.close()
    this.#server = undefined
    // Its end is how this process hears of the successor's.
    if (!socket.destroyed) socket.write(YOURS)
    else await this.#regain()
  }

  async #regain(): Promise<void> {
    this.#successor = undefined
    if (this.#isClosed || this.#isOwner) return
    // A third one may have it by now.
    if (!(await this.#listen())) return
    this.#isOwner = true
    this.#options.onRegained()
  }
}

const MINE = 'mine\n'
const YOURS = 'yours\n'

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.unref()
    socket.once('connect', () => resolve(socket))
    socket.on('error', () => resolve(undefined))
  })
}

/** Asks the owner for the lease; false when it took too long. */
async function ask(socket: Socket, clock: Clock): Promise<boolean> {
  if (socket.destroyed) return true
  return new Promise<boolean>((resolve) => {
    const timer = clock.after(GIVE_TIMEOUT_MS, () => resolve(false))
    const done = (): void => {
      timer.cancel()
      resolve(true)
    }
    socket.once('data', done)
    socket.once('close', done)
    socket.write(MINE)
  })
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}

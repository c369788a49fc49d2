/** How a worker is started, and how the two of them talk. */

import { spawn } from 'node:child_process'
import process from 'node:process'
import type { NumberedRequest, Reply } from './protocol.ts'

/** The first process's end. */
export interface WorkerChannel {
  readonly pid: number | undefined
  send(request: NumberedRequest): void
  /** Ends it at once. */
  kill(): void
}

export interface WorkerHandlers {
  onReply(reply: Reply): void
  /** Called once, with the reason. */
  onGone(reason: string): void
}

export type StartWorker = (handlers: WorkerHandlers) => WorkerChannel

/** Starts workers as processes of their own, by a command line; they write where this one does. */
export function processStarter([file = '', ...words]: readonly string[]): StartWorker {
  return ({ onReply, onGone }) => {
    const child = spawn(file, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.on('message', (reply) => onReply(reply as Reply))
    child.on('error', (error) => onGone(error.message))
    child.on('exit', (status, signal) => onGone(signal ?? `exit status ${status}`))
    return {
      pid: child.pid,
      send(request) {
        // Of one that is gone, `exit` tells.
        if (child.connected) child.send(request)
      },
      kill: () => void child.kill('SIGKILL'),
    }
  }
}

/** The worker's end; `undefined` for a process that nobody started as one. */
export function openParent(
  onRequest: (request: NumberedRequest) => void,
  onGone: () => void,
): ((reply: Reply) => void) | undefined {
  if (process.send === undefined) return undefined
  process.on('message', (request) => onRequest(request as NumberedRequest))
  process.on('disconnect', onGone)
  return (reply) => {
    if (process.connected) process.send?.(reply)
  }
}

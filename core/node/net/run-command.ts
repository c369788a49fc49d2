/** Runs the system's tools for interfaces and rules. */

import { spawn } from 'node:child_process'
import process from 'node:process'
import type { CommandResult, RunCommand } from './network.ts'

/** A tool that takes longer is killed: the lock of iptables is waited for five seconds. */
const TIMEOUT_MS = 10_000
/** Output of a tool that is kept; the rules of a large cluster are a few MiB. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
/** As a shell says it. */
export const NOT_FOUND = 127
const NOT_STARTED = 126
/** Where the tools are, if the environment doesn't say so. */
const TOOL_PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs a program; see {@link RunCommand}. */
export const runCommand: RunCommand = (words, input) =>
  new Promise<CommandResult>((resolve) => {
    const [file = '', ...args] = words
    const PATH = process.env.PATH ? `${process.env.PATH}:${TOOL_PATH}` : TOOL_PATH
    const child = spawn(file, args, {
      // Messages are told apart by their words.
      env: { PATH, LC_ALL: 'C' },
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    const stdout = collect(child.stdout)
    const stderr = collect(child.stderr)
    child.on('error', (error: NodeJS.ErrnoException) => {
      const status = error.code === 'ENOENT' ? NOT_FOUND : NOT_STARTED
      resolve({ status, stdout: '', stderr: error.message })
    })
    child.on('close', (status, signal) => {
      const reason = signal === null ? '' : `ended by ${signal}`
      resolve({ status: status ?? 1, stdout: stdout(), stderr: stderr() || reason })
    })
    // One that ends without reading is told of by its status.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk)
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

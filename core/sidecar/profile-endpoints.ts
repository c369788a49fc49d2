/** What *pprof* serves: profiles of this process, under the paths of Go's `net/http/pprof`. */

import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Env, Hono } from 'hono'
import { HttpFault, plainText, route } from './http-fault.ts'

const DEFAULT_SECONDS = 30
/** Below the time that a response may take. */
const MAX_SECONDS = 50
/** Of Go's runtime; what there is instead, if anything. */
const ABSENT: Readonly<Record<string, string>> = {
  allocs: 'memory is told by process_resident_memory_bytes (prometheus)',
  block: 'nothing waits for locks here',
  goroutine: 'there are no goroutines',
  heap: 'memory is told by process_resident_memory_bytes (prometheus)',
  mutex: 'nothing waits for locks here',
  symbol: 'profiles have the names of their functions',
  threadcreate: 'threads are not made as load grows',
  trace: 'use profile, or the trace plugin for single queries',
}
const INDEX = `/debug/pprof/

profile?seconds=N  where the processor's time goes, for Chrome's DevTools, VS Code or speedscope (.cpuprofile)
cmdline            the command line
`

/** Adds the endpoints to an application. */
export function addProfileEndpoints<E extends Env>(app: Hono<E>): void {
  route(app, '/debug/pprof/', { GET: (c) => plainText(c, INDEX) })
  route(app, '/debug/pprof/cmdline', { GET: (c) => plainText(c, process.argv.join('\0')) })
  route(app, '/debug/pprof/profile', {
    async GET(c) {
      const profile = await record(secondsOf(c.req.query('seconds')))
      const disposition = 'attachment; filename="fingerpost.cpuprofile"'
      return c.body(profile, 200, {
        'content-type': 'application/json',
        'content-disposition': disposition,
      })
    },
  })
  for (const [name, instead] of Object.entries(ABSENT)) {
    route(app, `/debug/pprof/${name}`, {
      GET() {
        throw new HttpFault(501, 'not-available', `a profile of Go's runtime: ${instead}`)
      },
    })
  }
}

function secondsOf(text: string | undefined): number {
  const seconds = text === undefined ? DEFAULT_SECONDS : Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS) return seconds
  throw new HttpFault(400, 'bad-input', `seconds is a whole number from 1 to ${MAX_SECONDS}`)
}

let isRecording = false

async function record(seconds: number): Promise<string> {
  if (isRecording) throw new HttpFault(503, 'busy', 'another profile is being recorded')
  isRecording = true
  try {
    const { Session } = await import('node:inspector/promises')
    const session = new Session()
    session.connect()
    try {
      await session.post('Profiler.enable')
      await session.post('Profiler.start')
      await sleep(seconds * 1000)
      const { profile } = await session.post('Profiler.stop')
      return JSON.stringify(profile)
    } finally {
      session.disconnect()
    }
  } finally {
    isRecording = false
  }
}

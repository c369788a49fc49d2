/** The admin application as tests ask it, without a network. */

import { Log } from '../log.ts'
import { adminApp } from './admin-app.ts'
import { type TestSource, testSource } from './test-source.ts'

/** Who asks. */
export const testClient = { address: '192.0.2.7', port: 4711 }

/** An admin address without a network. */
export interface TestAdmin {
  readonly source: TestSource
  /** What was logged. */
  readonly lines: readonly string[]
  ask(path: string, init?: RequestInit): Promise<Response>
}

/** What of a test's admin address a test may choose. */
export interface AdminWorld {
  readonly address?: string
  readonly token?: string | undefined
  readonly source?: TestSource
  readonly isEnding?: boolean
}

/** Makes the admin application over a test source. */
export function makeAdmin({
  address = '127.0.0.1',
  token,
  source = testSource(),
  isEnding = false,
}: AdminWorld = {}): TestAdmin {
  const lines: string[] = []
  const app = adminApp({
    source,
    access: { address, token: () => token },
    log: new Log((line) => lines.push(line)).core,
    isEnding: () => isEnding,
    readiness: () => ({ waiting: () => source.unready() }),
  })
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(
      app.request(
        path,
        { ...init, headers: { host: 'localhost:8053', ...init.headers } },
        { client: testClient },
      ),
    )
  return { ask, source, lines }
}

/** An API server for tests on a network of its own: a test sees each request and answers it. */

import { type FakeClock, ScriptedHttp, ScriptedRequest } from '@fingerpost/sdk/testing'

/** A network with one API server, whatever address is dialled. */
export class ScriptedServer extends ScriptedHttp<ApiRequest> {
  constructor(clock: FakeClock) {
    super(clock, (connection, text) => new ApiRequest(connection, text))
  }
}

/** A request, with ways to answer it as API servers do. */
export class ApiRequest extends ScriptedRequest {
  get isWatch(): boolean {
    return this.parameters.has('watch')
  }

  /** Sends a page of a list. */
  list(items: readonly unknown[], resourceVersion: string, next?: string): void {
    this.respond({ items, metadata: { resourceVersion, continue: next } })
  }

  /** Sends a failure. */
  refuse(code: number, message: string, fields: readonly string[] = []): void {
    this.respond({ kind: 'Status', code, message }, code, fields)
  }

  event(type: string, object: unknown): void {
    this.chunk(`${JSON.stringify({ type, object })}\n`)
  }
}

/** What a block asks of core when no plugin asks for anything. */

import type { BlockSettings } from './host.ts'

/** Makes the settings that a block starts with. */
export function defaultSettings(): BlockSettings {
  return {
    bindAddresses: [],
    root: '',
    isDebug: false,
    servesAllClasses: false,
    endpoints: [],
    tls: undefined,
    proxyProtocol: undefined,
    streams: { readMs: undefined, writeMs: undefined, idleMs: undefined, maxQueries: undefined },
    httpsConnections: undefined,
    socketCount: 1,
    viewName: '',
    reload: undefined,
  }
}

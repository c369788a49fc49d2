/** An etcd for tests: a few keys behind its JSON gateway, on a network of its own. */

import {
  type FakeHost,
  fakeHost,
  ScriptedHttp,
  type ScriptedRequest,
} from '@fingerpost/sdk/testing'

/** What a test etcd has, and how it feels. */
export interface ScriptedEtcd {
  readonly host: FakeHost
  readonly server: ScriptedHttp
  /** JSON by key. */
  readonly keys: Map<string, string>
  /** Leases by key, and the seconds they have left. */
  readonly leases: Map<string, number>
  /** The password of `root`; undefined while there are no users. */
  password: string | undefined
  /** The token that is taken. */
  token: string
}

/** Makes surroundings whose etcd has these keys. */
export function scriptedEtcd(
  keys: Readonly<Record<string, unknown>> = {},
  options: Parameters<typeof fakeHost>[0] = {},
): ScriptedEtcd {
  const base = fakeHost()
  const server = new ScriptedHttp(base.clock)
  const etcd: ScriptedEtcd = {
    host: fakeHost({ ...options, plugin: 'etcd', clock: base.clock, network: server }),
    server,
    keys: new Map(Object.entries(keys).map(([key, value]) => [key, textOf(value)])),
    leases: new Map(),
    password: undefined,
    token: 'first',
  }
  server.answer = (request) => answer(etcd, request)
  return etcd
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

function answer(etcd: ScriptedEtcd, request: ScriptedRequest): void {
  const body = JSON.parse(request.body)
  if (request.target === '/v3/auth/authenticate') {
    authenticate(etcd, request, body)
    return
  }
  if (etcd.password !== undefined) {
    const token = request.fields.get('authorization')
    const fault = token === undefined ? 'user name is empty' : 'invalid auth token'
    if (token !== etcd.token) {
      refuse(
        request,
        token === undefined ? 400 : 401,
        token === undefined ? 3 : 16,
        `etcdserver: ${fault}`,
      )
      return
    }
  }
  if (request.target === '/v3/kv/range') {
    request.respond(range(etcd, body))
  } else if (request.target === '/v3/kv/txn') {
    const responses = body.success.map((one: { request_range: RangeRequest }) => ({
      response_range: range(etcd, one.request_range),
    }))
    request.respond({ succeeded: true, responses })
  } else if (request.target === '/v3/lease/timetolive') {
    const lease = [...etcd.leases.values()][Number(body.ID) - 1]
    request.respond({ ID: body.ID, TTL: String(lease ?? -1) })
  } else {
    request.respond({ error: 'Not Found', code: 5 }, 404)
  }
}

function authenticate(
  etcd: ScriptedEtcd,
  request: ScriptedRequest,
  body: { password: string },
): void {
  if (etcd.password === undefined) {
    refuse(request, 412, 9, 'etcdserver: authentication is not enabled')
  } else if (body.password !== etcd.password) {
    refuse(request, 400, 3, 'etcdserver: authentication failed, invalid user ID or password')
  } else {
    request.respond({ token: etcd.token })
  }
}

function refuse(request: ScriptedRequest, status: number, code: number, message: string): void {
  request.respond({ error: message, message, code }, status)
}

interface RangeRequest {
  readonly key: string
  readonly range_end?: string
  readonly limit?: number
}

function range(etcd: ScriptedEtcd, { key, range_end, limit }: RangeRequest): object {
  const first = atob(key)
  const end = range_end === undefined ? `${first}\0` : atob(range_end)
  const leased = [...etcd.leases.keys()]
  const found = [...etcd.keys].filter(([one]) => one >= first && one < end).sort()
  const kvs = found.slice(0, limit).map(([one, value]) => ({
    key: btoa(one),
    value: btoa(value),
    ...(leased.includes(one) && { lease: String(leased.indexOf(one) + 1) }),
  }))
  return { ...(kvs.length > 0 && { kvs }), ...(found.length > kvs.length && { more: true }) }
}

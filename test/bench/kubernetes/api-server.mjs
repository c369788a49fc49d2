// The API server of a made-up cluster, in a process of its own: pages of lists, watches, and as many
// changes of endpoints a second as it is told to make. Its parent talks to it by messages:
//   it says { url, questions … } once it listens
//   { churn: { perSecond, seconds } } makes changes, and is answered by { churned: count }
//   { outage: { awayMs } } ends all connections and refuses others for so long, changes endpoints,
//   forgets what has changed, and is answered by { watched: true } when all kinds are watched again
import { createServer } from 'node:http'
import process from 'node:process'
import { makeCluster, makeSlice } from './cluster.mjs'

const PATHS = {
  '/api/v1/namespaces': 'Namespace',
  '/api/v1/services': 'Service',
  '/apis/discovery.k8s.io/v1/endpointslices': 'EndpointSlice',
}
const BATCH_MS = 10
const BOOKMARK_MS = 5000

const { services, objects } = makeCluster(Number(process.argv[2]), Number(process.argv[3]))
// Texts are made once: what is measured is who reads them.
const texts = Object.fromEntries(
  Object.entries(objects).map(([kind, all]) => [kind, all.map((one) => JSON.stringify(one))]),
)
const sliceAt = new Map(objects.EndpointSlice.map(({ metadata }, i) => [metadata.name, i]))
let version = 1_000_000
/** Watches can't begin before this version. */
let forgotten = 0
let onWatch = () => {}
const OUTAGE_CHANGES = 200
let outageTurns = 0
const watches = { Namespace: new Set(), Service: new Set(), EndpointSlice: new Set() }

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const kind = PATHS[pathname]
  if (kind === undefined) response.writeHead(404).end('{}')
  else if (searchParams.get('watch') !== null) watch(kind, response, searchParams)
  else list(kind, response, searchParams)
})
server.listen(0, '127.0.0.1', () => {
  process.send({ url: `http://127.0.0.1:${server.address().port}` })
})
process.on('message', ({ churn, outage }) =>
  outage === undefined ? change(churn) : goAway(outage),
)
process.on('disconnect', () => process.exit())

function list(kind, response, parameters) {
  const start = Number(parameters.get('continue') ?? 0)
  const end = start + (Number(parameters.get('limit')) || texts[kind].length)
  const metadata = {
    resourceVersion: String(version),
    ...(end < texts[kind].length ? { continue: String(end) } : {}),
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  const items = texts[kind].slice(start, end).join(',')
  response.end(`{"kind":"${kind}List","metadata":${JSON.stringify(metadata)},"items":[${items}]}\n`)
}

function watch(kind, response, parameters) {
  if (Number(parameters.get('resourceVersion')) < forgotten) {
    const status = { kind: 'Status', code: 410, message: 'too old resource version' }
    response.writeHead(410, { 'content-type': 'application/json' }).end(JSON.stringify(status))
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const send = (text) => response.write(text)
  const bookmark = setInterval(() => send(event('BOOKMARK', bookmarkOf(kind))), BOOKMARK_MS)
  const end = setTimeout(() => response.end(), Number(parameters.get('timeoutSeconds')) * 1000)
  watches[kind].add(send)
  onWatch()
  response.on('close', () => {
    watches[kind].delete(send)
    clearInterval(bookmark)
    clearTimeout(end)
  })
}

/** Moves endpoints of one slice after the other, in small batches, at an even rate. */
function change({ perSecond, seconds }) {
  const changing = services.filter(({ endpointCount }) => endpointCount > 0)
  const startMs = performance.now()
  let made = 0
  const timer = setInterval(() => {
    const elapsedMs = Math.min(performance.now() - startMs, seconds * 1000)
    const due = Math.floor((elapsedMs * perSecond) / 1000)
    let batch = ''
    for (; made < due; made++) batch += event('MODIFIED', moveEndpoint(changing, made))
    if (batch !== '') for (const send of watches.EndpointSlice) send(batch)
    if (elapsedMs < seconds * 1000) return
    clearInterval(timer)
    process.send({ churned: made })
  }, BATCH_MS)
}

/** Changes the slice whose turn it is; returns what it is now. */
function moveEndpoint(changing, turn) {
  // A stride that shares no factor with the number of services meets all of them.
  const service = changing[(turn * 7919) % changing.length]
  const slice = makeSlice(service, 'IPv4', 1 + Math.floor(turn / changing.length))
  slice.metadata.resourceVersion = String(++version)
  const text = JSON.stringify(slice)
  texts.EndpointSlice[sliceAt.get(slice.metadata.name)] = text
  return text
}

function goAway({ awayMs }) {
  const changing = services.filter(({ endpointCount }) => endpointCount > 0)
  const { port } = server.address()
  server.close(() => {
    for (let i = 0; i < OUTAGE_CHANGES; i++) moveEndpoint(changing, outageTurns++)
    forgotten = ++version
    setTimeout(() => server.listen(port, '127.0.0.1'), awayMs)
  })
  server.closeAllConnections()
  onWatch = () => {
    if (Object.values(watches).some((ofKind) => ofKind.size === 0)) return
    onWatch = () => {}
    process.send({ watched: true })
  }
}

function bookmarkOf(kind) {
  return JSON.stringify({ kind, metadata: { resourceVersion: String(version) } })
}

function event(type, text) {
  return `{"type":"${type}","object":${text}}\n`
}

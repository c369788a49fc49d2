// Serves a made-up cluster on port 1053 and says how to ask it: what `npm run start:kubernetes`
// does. Flags of the server are passed on: `npm run start:kubernetes -- -dns.port 2053`.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bunPath } from '../../build.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const program = join(here, '..', '..', 'core/main.ts')
const flags = ['-conf', join(here, 'Corefile'), '-dns.port', '1053', ...process.argv.slice(2)]
// Paths in the Corefile start here, or where another cluster's manifests/ are.
const server = spawn(bunPath(), [program, ...flags], {
  cwd: process.env.CLUSTER ?? here,
  stdio: ['ignore', 'pipe', 'inherit'],
})
let greeting = ''
server.stdout.on('data', (chunk) => {
  process.stdout.write(chunk)
  if (greeting.includes('Fingerpost-')) return
  greeting += chunk
  // The version line is the last one of the start: the server answers by then.
  if (!greeting.includes('Fingerpost-')) return
  const [, port] = /:(\d+) on /.exec(greeting) ?? []
  const dig = `dig @127.0.0.1 -p ${port}`
  console.log(`\nTry it:  ${dig} web.shop.svc.cluster.local
         ${dig} _postgres._tcp.db.shop.svc.cluster.local SRV
Edit a file in ${join('examples', 'kubernetes-offline', 'manifests')} and ask again. (Ctrl-C ends it.)\n`)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
server.on('exit', (code) => process.exit(code ?? 1))

// Runs the quickstart on port 1053 and says how to ask it: what `npm start` does.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bunPath } from '../../build.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const port = process.env.PORT ?? '1053'
const server = spawn(
  bunPath(),
  [join(root, 'core/main.ts'), '-conf', join(here, 'Corefile'), '-dns.port', port],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
let hinted = false
server.stdout.on('data', (chunk) => {
  process.stdout.write(chunk)
  // The version line is the last one of the start: the server answers by then.
  if (hinted || !String(chunk).includes('Fingerpost-')) return
  hinted = true
  console.log(`\nTry it:  dig @127.0.0.1 -p ${port} www.example.test\n(Ctrl-C ends it.)`)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
server.on('exit', (code) => process.exit(code ?? 1))

#!/usr/bin/env node
// Measures what outages of the cluster's API leave in memory: each round the API server goes away,
// things change, and it comes back having forgotten what, so that all is listed anew.
//
//   node test/bench/kubernetes-outages.mjs [--services 2000] [--rounds 20] [--away 500]
//
// With dist/fingerpost as it was built last. README.md tells the method.
import { strict as assert } from 'node:assert'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeFiles } from './contestants.mjs'
import { dnsperf } from './dnsperf.mjs'
import { existingQuestions, firstName, startApiServer, stockCorefile } from './kubernetes/setup.mjs'
import { freePort, residentMiB, start, stop, untilAnswers } from './measure.mjs'

const SETTLE_MS = 1000
/** How far memory has come before growth counts: compilers and tables are done by then. */
const WARM_ROUNDS = 5

const binary = fileURLToPath(new URL('../../dist/fingerpost', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    services: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '20' },
    away: { type: 'string', default: '500' },
  },
})
const count = Number(flags.services)
const rounds = Number(flags.rounds)
const files = makeFiles()
const api = await startApiServer(count)
const port = await freePort()
// Nothing but names of the cluster is asked for: the upstream may be a port where nobody is.
const corefile = stockCorefile(port, { url: api.url, upstreamPort: await freePort() })
const child = start(0, `'${binary}' -quiet -conf ${files.write('Corefile', corefile)}`)
const questions = files.write('existing', existingQuestions(count))
try {
  await untilAnswers(child, port, 'fingerpost', firstName)
  await askAll()
  await sleep(SETTLE_MS)
  const memory = [residentMiB(child.pid)]
  console.log(`before: ${memory[0].toFixed(1)} MiB resident`)
  for (let round = 1; round <= rounds; round++) {
    await api.outage(Number(flags.away))
    await askAll()
    await sleep(SETTLE_MS)
    memory.push(residentMiB(child.pid))
    console.log(`after outage ${round}: ${memory.at(-1).toFixed(1)} MiB resident`)
  }
  const warm = memory[Math.min(WARM_ROUNDS, rounds)]
  console.log(
    `growth from outage ${Math.min(WARM_ROUNDS, rounds)} to ${rounds}: ` +
      `${(memory.at(-1) - warm).toFixed(1)} MiB; most at any time ${Math.max(...memory).toFixed(0)}`,
  )
} finally {
  api.stop()
  await stop(child)
  files.remove()
}
process.exit()

/** Asks each question once, so that the answers that are kept are made again. */
async function askAll() {
  const server = ['-s', '127.0.0.1', '-p', String(port), '-d', questions]
  const { answered, codes, noerror } = await dnsperf([...server, '-n', '1', '-c', '20', '-T', '1'])
  assert(answered > 0 && noerror === answered, `of ${answered} answers: ${codes}`)
}

import { seededRandom } from '@fingerpost/sdk/testing'
import { bench, describe } from 'vitest'
import { unhex } from '../fuzz/target.ts'
import { startWorld } from '../fuzz/world.ts'

const COREFILE = `
hosts.test {
    errors
    hosts {
        192.0.2.1 www.hosts.test
    }
}
whoami.test {
    whoami
}
cached.test {
    errors
    cache 3600
    template IN A {
        answer "{{ .Name }} 3600 IN A 192.0.2.1"
    }
}
`

const world = await startWorld(COREFILE, seededRandom(1))
const question = (label: string): Uint8Array => {
  const name = ['www', label, 'test'].flatMap((part) => [part.length, ...Buffer.from(part)])
  return Uint8Array.from([
    ...unhex('000101000001000000000001'),
    ...name,
    ...unhex('0000010001' + '00002904d0000000000000'),
  ])
}
const queries = { hosts: question('hosts'), whoami: question('whoami'), cached: question('cached') }
await world.ask(queries.cached, false)

describe('octets of a query to octets of a reply', () => {
  for (const [name, query] of Object.entries(queries)) {
    bench(name, () => void world.ask(query, false))
  }
})

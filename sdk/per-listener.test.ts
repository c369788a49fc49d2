import { expect, it } from 'vitest'
import { PerListener } from './per-listener.ts'
import { fakeListener } from './testing/index.ts'

it('makes one thing for each listener', () => {
  const made: string[] = []
  const things = new PerListener(({ label }) => made.push(label))
  const [udp, tcp] = [fakeListener(), fakeListener({ transport: 'tcp', port: 54 })]
  expect([things.of(udp), things.of(tcp), things.of(udp)]).toEqual([1, 2, 1])
  expect(made).toEqual(['dns://:53', 'dns://:54'])
})

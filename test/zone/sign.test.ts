import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Name, readZoneKey } from '@fingerpost/sdk'
import { seededRandom } from '@fingerpost/sdk/testing'
import { loadZone, signZone } from '@fingerpost/sdk/zone'
import { describe, expect, it } from 'vitest'
import { ecdsaKey, ed25519Key } from '../../sdk/dnssec/test-keys.ts'
import { makeZone, ORIGIN } from './made-zone.ts'

const hasLdns = spawnSync('sh', ['-c', 'command -v ldns-verify-zone']).status === 0
const why = hasLdns ? '' : ' (ldns-verify-zone is not installed: Debian package ldnsutils)'
const keys = [ecdsaKey, ed25519Key].map((key) => readZoneKey(key.publicText, key.privateText))

describe.skipIf(!hasLdns)(`signed zones are valid to ldns${why}`, () => {
  it.each([1, 2, 3])('whatever is in them: seed %i', async (seed) => {
    const loaded = await loadZone({
      origin: Name.parseText(ORIGIN),
      path: 'zone',
      read: async () => new TextEncoder().encode(makeZone(seededRandom(seed), 60).text),
      pause: async () => {},
    })
    if (loaded === 'unchanged') throw new Error('nothing was known before')
    const nowSeconds = Math.floor(Date.now() / 1000)
    const signed = await signZone(loaded.data, {
      // One key that signs everything, or one for keys and one for the rest.
      keys: keys.slice(0, seed === 1 ? 1 : 2),
      serial: nowSeconds,
      validity: { inceptionSeconds: nowSeconds - 60, expirationSeconds: nowSeconds + 86_400 },
      pause: async () => {},
    })
    const { status, stdout, stderr } = verify(signed)
    expect(stdout + stderr).toContain('Zone is verified and complete')
    expect(status).toBe(0)
  })

  it('and one that is not signed is not', () => {
    const text = `${ORIGIN} 60 IN SOA ns.${ORIGIN} m.${ORIGIN} 1 2 3 4 5\n`
    expect(verify(text).status).not.toBe(0)
  })
})

function verify(zone: string): { status: number | null; stdout: string; stderr: string } {
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-signed-'))
  try {
    writeFileSync(join(directory, 'zone'), zone)
    return spawnSync('ldns-verify-zone', [join(directory, 'zone')], { encoding: 'utf8' })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

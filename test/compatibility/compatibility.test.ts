import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { absent, catalogue } from '../../plugins/index.ts'
import { corednsOptions, notes } from './coredns-options.ts'
import { compatibilityPage, unexplained } from './page.ts'

describe('docs/compatibility.md', () => {
  it('says what the plugins say of themselves: npx bun test/compatibility/write.ts', async () => {
    const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')
    expect(page).toBe(await compatibilityPage())
  })

  it('has a reason for each option of CoreDNS that is not there', async () => {
    expect(await unexplained()).toEqual([])
  })

  it('knows every directive, here or not', () => {
    const names = [...catalogue.map(({ name }) => name), ...absent.keys()]
    expect(Object.keys(corednsOptions).sort()).toEqual(names.sort())
  })

  it('has no notes about options that CoreDNS does not have', () => {
    const all = Object.entries(corednsOptions).flatMap(([name, options]) =>
      options.map((option) => `${name} ${option}`),
    )
    expect(Object.keys(notes).filter((note) => !all.includes(note))).toEqual([])
  })
})

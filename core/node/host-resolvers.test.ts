import { describe, expect, it } from 'vitest'
import { chooseHostResolvers, type HostResolverOptions } from './host-resolvers.ts'

const STUB = 'nameserver 127.0.0.53\noptions edns0\n'
const UPSTREAM = '# by systemd\nnameserver 192.0.2.1\n'

const choose = (
  files: readonly [resolv: string | undefined, upstream: string | undefined],
  changes: Partial<HostResolverOptions> = {},
): ReturnType<typeof chooseHostResolvers> =>
  chooseHostResolvers({
    resolvConf: 'resolv.conf',
    upstreamResolvConf: 'upstream.conf',
    stubUse: 'auto',
    localIps: ['169.254.20.10'],
    readText: async (path) => (path === 'resolv.conf' ? files[0] : files[1]),
    answers: async () => false,
    ...changes,
  })

describe("the host's resolvers", () => {
  it.each<[string, Parameters<typeof choose>, string, RegExp | undefined]>([
    ['are those of resolv.conf', [['nameserver 192.0.2.9', UPSTREAM]], 'resolv.conf', undefined],
    ['are awaited where there is none', [[undefined, UPSTREAM]], 'resolv.conf', undefined],
    [
      'are the stub of systemd-resolved where it answers',
      [[STUB, UPSTREAM], { answers: async (address) => address === '127.0.0.53' }],
      'resolv.conf',
      undefined,
    ],
    [
      'are those behind the stub where it does not',
      [[STUB, UPSTREAM]],
      'upstream.conf',
      /stub of systemd-resolved, where nobody answers: upstream.conf is used/,
    ],
    [
      'are those behind the stub where it is not wanted',
      [[STUB, UPSTREAM], { stubUse: 'avoid', answers: async () => true }],
      'upstream.conf',
      /not wanted/,
    ],
    [
      'are the stub where that is wanted',
      [[STUB, UPSTREAM], { stubUse: 'use' }],
      'resolv.conf',
      undefined,
    ],
    [
      'are not the stub alone where others stand beside it',
      [[`${STUB}nameserver 192.0.2.9\n`, UPSTREAM]],
      'resolv.conf',
      undefined,
    ],
    [
      'stay the stub where nothing is behind it',
      [[STUB, undefined]],
      'resolv.conf',
      /and upstream.conf is no help/,
    ],
    ['stay the stub where only itself is behind it', [[STUB, STUB]], 'resolv.conf', /no help/],
    [
      'are never this server itself',
      [['nameserver 169.254.20.10', UPSTREAM]],
      'upstream.conf',
      /names only this server itself: upstream.conf is used/,
    ],
  ])('%s', async (_, [files, changes], path, note) => {
    const found = await choose(files, changes)
    expect(found.path).toBe(path)
    if (note === undefined) expect(found.note).toBeUndefined()
    else expect(found.note).toMatch(note)
  })
})

import { describe, expect, it } from 'vitest'
import { Link } from './link.ts'
import type { RunCommand } from './network.ts'

const settings = { interfaceName: 'nodelocaldns', interfaceType: 'dummy' }

/** `ip`, for one interface; `fails` answers in its place. */
function fakeIp(
  addresses?: string[],
  fails: (words: string) => string | undefined = () => undefined,
) {
  let found = addresses
  const run: RunCommand = async (words) => {
    const text = words.slice(1).join(' ')
    const stderr = fails(text)
    if (stderr !== undefined) return { status: 2, stdout: '', stderr }
    if (text.includes('address show')) {
      if (found === undefined) {
        return { status: 1, stdout: '', stderr: 'Device "nodelocaldns" does not exist.' }
      }
      const link = {
        ifname: 'nodelocaldns',
        flags: ['UP'],
        addr_info: found.map((local) => ({ local })),
      }
      return { status: 0, stdout: JSON.stringify([link]), stderr: '' }
    }
    const [, verb, address = ''] = text.split(' ')
    const ip = address.split('/')[0] as string
    if (text.startsWith('link add')) found = []
    if (text.startsWith('link del')) found = undefined
    if (text.startsWith('address') && verb === 'add') found?.push(ip)
    if (text.startsWith('address') && verb === 'del') found = found?.filter((one) => one !== ip)
    return { status: 0, stdout: '', stderr: '' }
  }
  return { run, addresses: () => found }
}

describe('the interface', () => {
  it('is made with all addresses of both families', async () => {
    const { run, addresses } = fakeIp()
    await new Link(settings, run).ensure(['169.254.20.10', 'fd00::10'])
    expect(addresses()).toEqual(['169.254.20.10', 'fd00::10'])
  })

  it('is taken as it is found, and gets what it lacks', async () => {
    const { run, addresses } = fakeIp(['192.0.2.1', 'fd00::10'])
    await new Link(settings, run).ensure(['169.254.20.10', 'fd00::10'])
    expect(addresses()).toEqual(['192.0.2.1', 'fd00::10', '169.254.20.10'])
  })

  it('gives addresses away, and goes, once or twice', async () => {
    const { run, addresses } = fakeIp(['169.254.20.10', '10.96.0.10'])
    const link = new Link(settings, run)
    for (let i = 0; i < 2; i++) await link.removeAddresses(['10.96.0.10'])
    expect(addresses()).toEqual(['169.254.20.10'])
    for (let i = 0; i < 2; i++) await link.remove()
    expect(addresses()).toBeUndefined()
  })

  it.each([
    'RTNETLINK answers: File exists',
    'Error: ipv4: Address already assigned.',
    'Error: ipv6: address already assigned.',
  ])('does not mind somebody who is faster: %s', async (stderr) => {
    const { run } = fakeIp(undefined, (words) => (/ add /.test(words) ? stderr : undefined))
    await new Link(settings, run).ensure(['169.254.20.10'])
  })

  it.each([
    ['Error: Unknown device type.', /modprobe dummy.*-interface-type/],
    ['RTNETLINK answers: Operation not permitted', /NET_ADMIN is needed/],
  ])('that can not be made is told with what to do: %s', async (stderr, message) => {
    const { run } = fakeIp(undefined, (words) => (/link add/.test(words) ? stderr : undefined))
    const ensured = new Link(settings, run).ensure(['169.254.20.10'])
    await expect(ensured).rejects.toMatchObject({
      errorType: 'interface_add',
      message: expect.stringMatching(message),
    })
  })
})

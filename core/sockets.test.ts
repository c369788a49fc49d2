import type { ConfigError, Token } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { ListenError } from './listen/listen-error.ts'
import { SocketPool } from './sockets.ts'

const at = undefined as unknown as Token

/** The error of a pool whose system refuses with `code`. */
async function refused(code: string, port: number): Promise<ConfigError> {
  const cause = Object.assign(new Error('refused'), { code })
  const pool = new SocketPool(() => Promise.reject(new ListenError('tcp', '', port, cause)))
  const place = { label: `dns://:${port}`, transport: 'dns' as const, address: '', port, at }
  return pool.acquire([place]).then(
    () => {
      throw new Error('it was opened')
    },
    (error: ConfigError) => error,
  )
}

describe('a socket that could not be opened', () => {
  it('is told with what helps, where the port is kept for root', async () => {
    const { message, suggestion } = await refused('EACCES', 53)
    expect(message).toBe('listen tcp :53: permission denied')
    expect(suggestion).toContain('NET_BIND_SERVICE')
    expect(suggestion).toContain('net.ipv4.ip_unprivileged_port_start to 53')
  })

  it.each([
    ['EADDRINUSE', 53],
    ['EACCES', 1053],
  ])('is told without that for %s of port %d', async (code, port) => {
    expect((await refused(code, port)).suggestion).toBeUndefined()
  })
})

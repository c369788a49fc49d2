import { describe, expect, it } from 'vitest'
import { selectRuntime } from './select.ts'

const runtime = await selectRuntime()

describe('selectRuntime', () => {
  it('finds the runtime that runs this', () => {
    const { versions } = process
    const name = versions.bun ? 'bun' : 'deno' in versions ? 'deno' : 'node'
    expect(runtime.name).toBe(name)
    expect(runtime.version).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('has a clock that moves forward and timers that can be cancelled', async () => {
    const { clock } = runtime
    const before = clock.now()
    let isCancelledRun = false
    clock.after(1, () => (isCancelledRun = true)).cancel()
    let ticks = 0
    await new Promise<void>((resolve) => {
      const timer = clock.every(1, () => {
        if (++ticks < 3) return
        timer.cancel()
        resolve()
      })
    })
    await new Promise<void>((resolve) => void clock.after(5, resolve))
    expect(clock.now()).toBeGreaterThan(before)
    expect([isCancelledRun, ticks]).toEqual([false, 3])
    expect(Math.abs(clock.wallNow() - Date.now())).toBeLessThan(1000)
  })

  it('waits for times beyond what the system’s timers hold', async () => {
    let hasRun = false
    const timer = runtime.clock.after(2 ** 40, () => (hasRun = true))
    await new Promise<void>((resolve) => void runtime.clock.after(5, resolve))
    timer.cancel()
    expect(hasRun).toBe(false)
  })

  it('calls a signal’s handler in place of the default action until told not to', async () => {
    let off = (): void => {}
    await new Promise<void>((resolve) => {
      off = runtime.onSignal('SIGUSR2', resolve)
      process.kill(process.pid, 'SIGUSR2')
    })
    off()
    expect(process.listenerCount('SIGUSR2')).toBe(0)
  })
})

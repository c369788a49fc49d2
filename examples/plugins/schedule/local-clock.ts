/** The time of day and the day of the week in a time zone. */

import type { Clock } from '@fingerpost/sdk'
import type { LocalTime } from './condition.ts'

/** Works the time out once a minute: that takes some microseconds. */
export class LocalClock {
  readonly #clock: Clock
  readonly #format: Intl.DateTimeFormat
  #knownMinute = Number.NaN
  #known: LocalTime = { day: 0, minute: 0 }

  constructor(clock: Clock, timeZone: string) {
    this.#clock = clock
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    })
  }

  now(): LocalTime {
    const wallMs = this.#clock.wallNow()
    const minute = Math.floor(wallMs / 60_000)
    if (minute === this.#knownMinute) return this.#known
    const parts = new Map(
      this.#format.formatToParts(wallMs).map(({ type, value }) => [type, value]),
    )
    this.#knownMinute = minute
    this.#known = {
      day: DAYS.indexOf(parts.get('weekday') ?? ''),
      minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    }
    return this.#known
  }

  /** Seconds that are left of the current minute. */
  get secondsLeft(): number {
    return 60 - (Math.floor(this.#clock.wallNow() / 1000) % 60)
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

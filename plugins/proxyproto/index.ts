/** *proxyproto*: takes clients' addresses from a balancer that tells them by the PROXY protocol. */

import {
  args,
  cidr,
  custom,
  definePlugin,
  directive,
  durationBetween,
  integer,
  many,
  oneOf,
  optional,
  type ProxyRule,
  parseCidr,
  type Reader,
  rest,
} from '@fingerpost/sdk'

const DEFAULT_MAX_SESSIONS = 10_240
const MAX_SESSIONS = 1_000_000
const MAX_SESSION_MS = 24 * 3_600_000

/** CoreDNS takes networks only, where a plain address would do elsewhere. */
const networks = custom(
  (tokens, report) => {
    for (const token of tokens) {
      if (parseCidr(token.text) !== undefined) continue
      throw report.error(
        `${JSON.stringify(token.text)} is not a network, such as 10.0.0.0/8`,
        token,
      )
    }
    return report.read(rest(cidr), tokens)
  },
  { takes: '[CIDR…]' },
)

/** In any mixture of cases. */
const rule: Reader<ProxyRule> = custom(
  (tokens, report) => {
    const lower = tokens.map((token) => ({ ...token, text: token.text.toLowerCase() }))
    const [word] = report.read(args(oneOf('use', 'ignore', 'reject', 'skip')), lower)
    return word
  },
  { takes: 'use|ignore|reject|skip' },
)

export default definePlugin({
  name: 'proxyproto',
  processes: 'one',
  options: directive({
    block: {
      allow: many(networks),
      default: rule,
      udp_session_tracking: args(
        durationBetween({ maxMs: MAX_SESSION_MS }),
        optional(integer(1, MAX_SESSIONS)),
      ),
    },
  }),
  setup({ block }, { settings }) {
    const allowed = block.allow.flat()
    const [udpSessionMs = 0, maxUdpSessions = DEFAULT_MAX_SESSIONS] =
      block.udp_session_tracking ?? []
    settings.proxyProtocol = {
      networks: allowed,
      otherwise: block.default ?? (allowed.length === 0 ? 'use' : 'ignore'),
      udpSessionMs,
      maxUdpSessions,
    }
    return {}
  },
})

/** *chaos*: tells version, authors and name of the server in class CH (RFC 4892). */

import {
  Class,
  custom,
  definePlugin,
  directive,
  makeTxt,
  many,
  Name,
  type Random,
  Type,
} from '@fingerpost/sdk'

// A character-string (RFC 1035 3.3) has no room for more.
const MAX_OCTETS = 255
const AUTHORS = ['The Fingerpost authors']

const words = custom((tokens) => tokens.map(({ text }) => text), { takes: '[VERSION] [AUTHOR…]' })

export default definePlugin({
  name: 'chaos',
  options: many(directive({ args: words })),
  setup([first], host) {
    const [version = host.identity.program, ...authors] = first?.args ?? []
    const names = [
      textsOf([version], 'version.bind', 'version.server'),
      textsOf([host.identity.hostname], 'hostname.bind', 'id.server'),
      textsOf([...new Set(authors.length > 0 ? authors : AUTHORS)], 'authors.bind'),
    ].flat()
    host.settings.servesAllClasses = true
    return {
      onQuery(query) {
        if (query.qclass !== Class.CH || query.qtype !== Type.TXT) return undefined
        const found = names.find(({ owner }) => owner.equals(query.qname))
        if (found === undefined) return undefined
        const answer = shuffled(found.texts, host.random).map((text) =>
          makeTxt(query.qname, 0, [text], Class.CH),
        )
        return query.reply({ isAuthoritative: false, answer })
      },
    }
  },
})

interface Texts {
  readonly owner: Name
  readonly texts: readonly Uint8Array[]
}

function textsOf(texts: readonly string[], ...owners: readonly string[]): Texts[] {
  const octets = texts.map((text) => new TextEncoder().encode(text).subarray(0, MAX_OCTETS))
  return owners.map((owner) => ({ owner: Name.parseText(owner), texts: octets }))
}

/** Nobody comes first always. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T)
}

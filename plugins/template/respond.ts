/** Makes the response of a rule, following aliases that it gives to address queries. */

import {
  composeExtendedError,
  DnsError,
  EDNS_DO,
  Flag,
  type Host,
  type Message,
  Name,
  parseRrText,
  Rcode,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import type { Template } from './compile.ts'
import type { Failures, TemplateSection } from './failures.ts'
import type { Rule } from './rule.ts'
import { type TemplateData, TemplateFailure } from './value.ts'

// The payload size in the OPT record of an extended error.
const UDP_SIZE = 4096

/**
 * Makes the response: at once, unless an alias is followed.
 * @throws DnsError when a template fails.
 */
export function respond(
  rule: Rule,
  data: TemplateData,
  host: Host,
  failures: Failures,
): Message | Promise<Message> {
  if (rule.rcode === Rcode.SERVFAIL) {
    throw new DnsError('server-failure', 'the template answers with SERVFAIL')
  }
  const rrs = (section: TemplateSection): Rr[] =>
    rule[section].map((template) => makeRr(section, template, data, failures))
  const sections = {
    answer: rrs('answer'),
    additional: rrs('additional'),
    authority: rrs('authority'),
  }
  const { qtype } = data.query
  const mayFollow = qtype === Type.A || qtype === Type.AAAA
  if (mayFollow && sections.answer.some(({ type }) => type === Type.CNAME)) {
    return follow(sections.answer, data, host).then(({ answer, isTruncated }) => {
      const response = compose(rule, data, { ...sections, answer })
      if (isTruncated) response.flags |= Flag.TC
      return response
    })
  }
  return compose(rule, data, sections)
}

function makeRr(
  section: TemplateSection,
  template: Template,
  data: TemplateData,
  failures: Failures,
): Rr {
  const text = template.execute(data)
  if (text instanceof TemplateFailure) throw failures.ofTemplate(section, template, data, text)
  try {
    return parseRrText(text)
  } catch (error) {
    throw failures.ofRr(section, template, data, error)
  }
}

function compose(
  rule: Rule,
  { query }: TemplateData,
  sections: Readonly<Record<TemplateSection, readonly Rr[]>>,
): Message {
  const { rcode, extendedError } = rule
  const [infoCode, text] = extendedError ?? []
  const options =
    infoCode === undefined ? [] : [composeExtendedError({ infoCode, ...(text && { text }) })]
  // An RCODE above 15 has no place but the OPT record.
  const needsEdns = extendedError !== undefined || rcode > 0xf
  return query.reply({
    rcode,
    isAuthoritative: true,
    ...sections,
    ...(needsEdns && { edns: { udpSize: UDP_SIZE, flags: EDNS_DO, options } }),
  })
}

/** Puts behind every alias what the server itself says of its target. */
async function follow(
  rrs: readonly Rr[],
  { query }: TemplateData,
  host: Host,
): Promise<{ answer: Rr[]; isTruncated: boolean }> {
  const answer: Rr[] = []
  let isTruncated = false
  for (const rr of rrs) {
    answer.push(rr)
    if (rr.type !== Type.CNAME) continue
    const response = await host.resolve(query.with({ qname: new Name(rr.rdata) }))
    if (response.isDropped) continue
    answer.push(...response.answer)
    isTruncated = response.isTruncated
  }
  return { answer, isTruncated }
}

/** Counts and explains templates that gave no text, and texts that are no record. */

import { type Counter, DnsError, type Host } from '@fingerpost/sdk'
import type { Template } from './compile.ts'
import { labelsOf } from './rule.ts'
import type { TemplateData, TemplateFailure } from './value.ts'

/** The sections that templates make records for. */
export type TemplateSection = 'answer' | 'additional' | 'authority'

/** The two ways in which a template fails; both are rare, so labels are looked up. */
export class Failures {
  readonly #templates: Counter
  readonly #host: Host
  readonly #rrs: Counter

  constructor(host: Host) {
    this.#host = host
    const labels = ['server', 'zone', 'view', 'class', 'type', 'section', 'template']
    this.#templates = host.counter('template_failures_total', 'Templates that failed.', labels)
    this.#rrs = host.counter('rr_failures_total', 'Texts of templates that are no record.', labels)
  }

  /** The template gives no text. */
  ofTemplate(
    section: TemplateSection,
    template: Template,
    data: TemplateData,
    { reason }: TemplateFailure,
  ): DnsError {
    this.#count(this.#templates, section, template, data)
    return new DnsError('server-failure', `${section} template fails: ${reason}`)
  }

  /** The text is no record. */
  ofRr(section: TemplateSection, template: Template, data: TemplateData, cause: unknown): DnsError {
    this.#count(this.#rrs, section, template, data)
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new DnsError('server-failure', `${section} template gives no record: ${reason}`, {
      cause,
    })
  }

  #count(
    counter: Counter,
    section: TemplateSection,
    { source }: Template,
    data: TemplateData,
  ): void {
    const { label } = data.query.listener
    counter.labels(label, ...labelsOf(data, this.#host), section, source).add()
  }
}

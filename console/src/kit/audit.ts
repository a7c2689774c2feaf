import { galleyPost } from './galley'

export interface Finding {
  rule: string
  severity: string
  resource: string
  detail: string
  title: string
  why: string
  fix: string
  reference: string
  accepted?: string
}

/** What a security reviewer would name in a template. */
export const auditOf = async (template: string) => (await galleyPost<{ findings: Finding[] }>('audit', { template })).findings

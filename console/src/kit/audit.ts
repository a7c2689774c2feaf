import { galley, galleyPost } from './galley'

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

/** A finding at what there is; its `resource` is the physical id. */
export interface FindingThere {
  finding: Finding
  type: string
  /** What the resource goes with: a route's API, a policy's bucket. */
  parentType?: string
  parentId?: string
  stack?: string
}

/** What a security reviewer would name in a template. */
export const auditOf = async (template: string) => (await galleyPost<{ findings: Finding[] }>('audit', { template })).findings

/** The same of what there is: of one resource and what goes with it, or of everything. */
export const auditOfThere = async (type?: string, id?: string) => (await galley<{ findings: FindingThere[] }>('audit', type && id ? { type, id } : {})).findings

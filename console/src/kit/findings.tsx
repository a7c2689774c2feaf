import { Badge, Box, Popover, SpaceBetween } from '../ui'
import { auditOfThere, type Finding, type FindingThere } from './audit'
import { changes } from './calls'
import type { Column } from './list'
import { useLoad } from './load'

const rank = ['high', 'medium', 'low']

const Severity = ({ of }: { of: string }) => <Badge color={of === 'high' ? 'severity-high' : of === 'medium' ? 'severity-medium' : 'severity-low'}>{of}</Badge>

/** How findings of the audit are listed, wherever they are. */
export const findingColumns: Column<Finding>[] = [
  { id: 'severity', header: 'Severity', cell: (one) => <Severity of={one.severity} />, value: (one) => rank.indexOf(one.severity) },
  { id: 'title', header: 'Finding', cell: (one) => <Told finding={one} />, value: (one) => one.title, width: 320 },
  { id: 'detail', header: 'Value', cell: (one) => one.detail, value: (one) => one.detail, width: 260 },
  { id: 'accepted', header: 'Kept because', cell: (one) => one.accepted ?? '–', value: (one) => one.accepted, width: 200 },
]

const Reasons = ({ finding }: { finding: Finding }) => (
  <SpaceBetween size="xs">
    <div><Box variant="awsui-key-label">Why</Box>{finding.why}</div>
    <div><Box variant="awsui-key-label">Fix</Box>{finding.fix}</div>
    <Box variant="small" color="text-body-secondary">{finding.reference}</Box>
  </SpaceBetween>
)

const Told = ({ finding }: { finding: Finding }) => (
  <Popover header={finding.title} size="large" triggerType="text" dismissAriaLabel="Close" content={<Reasons finding={finding} />}>
    {finding.title}
  </Popover>
)

/** The audit's word on a resource and what goes with it; empty until it is known, and where it could not be had. */
export function useFindings(type: string, id: string): FindingThere[] {
  return useLoad(() => auditOfThere(type, id), `${type} ${id} ${changes()}`).value ?? []
}

/** How many findings stay open, beside what they concern; a click tells them. Nothing where there are none. */
export function FindingNote({ findings, noun }: { findings: FindingThere[]; noun: string }) {
  if (findings.length === 0) return null
  const open = findings.filter((one) => !one.finding.accepted)
  const worst = rank.find((severity) => open.some((one) => one.finding.severity === severity))
  const label = open.length === 0 ? 'findings kept on purpose' : open.length === 1 ? '1 audit finding' : `${open.length} audit findings`
  return (
    <Popover
      header={`Audit of this ${noun}`}
      size="large"
      triggerType="custom"
      fixedWidth
      dismissAriaLabel="Close"
      content={
        <div className="findings" tabIndex={0} role="group" aria-label="Audit findings">
          <SpaceBetween size="m">
            {findings.map(({ finding, type }) => (
              <SpaceBetween size="xxs" key={`${type} ${finding.resource} ${finding.rule}`}>
                <div><Severity of={finding.severity} /> <b>{finding.title}</b></div>
                <Box variant="small">{type.split('::').slice(1).join(' ')} {finding.resource}: {finding.detail}</Box>
                {finding.accepted ? <div>Kept because: {finding.accepted}</div> : <Reasons finding={finding} />}
              </SpaceBetween>
            ))}
          </SpaceBetween>
        </div>
      }
    >
      <button type="button" className={`finding ${worst ?? 'kept'}`} aria-label={`${label} of this ${noun}`}>{label}</button>
    </Popover>
  )
}

import { Badge, Box, Popover, SpaceBetween } from '../ui'
import type { Finding } from './audit'
import type { Column } from './list'

const rank = ['high', 'medium', 'low']

/** How findings of the audit are listed, wherever they are. */
export const findingColumns: Column<Finding>[] = [
  { id: 'severity', header: 'Severity', cell: (one) => <Badge color={one.severity === 'high' ? 'severity-high' : one.severity === 'medium' ? 'severity-medium' : 'severity-low'}>{one.severity}</Badge>, value: (one) => rank.indexOf(one.severity) },
  { id: 'title', header: 'Finding', cell: (one) => <Told finding={one} />, value: (one) => one.title, width: 320 },
  { id: 'detail', header: 'Value', cell: (one) => one.detail, value: (one) => one.detail, width: 260 },
  { id: 'accepted', header: 'Kept because', cell: (one) => one.accepted ?? '–', value: (one) => one.accepted, width: 200 },
]

const Told = ({ finding }: { finding: Finding }) => (
  <Popover
    header={finding.title}
    size="large"
    triggerType="text"
    dismissAriaLabel="Close"
    content={
      <SpaceBetween size="xs">
        <div><Box variant="awsui-key-label">Why</Box>{finding.why}</div>
        <div><Box variant="awsui-key-label">Fix</Box>{finding.fix}</div>
        <Box variant="small" color="text-body-secondary">{finding.reference}</Box>
      </SpaceBetween>
    }
  >
    {finding.title}
  </Popover>
)

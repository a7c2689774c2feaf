import { Box, Button, CopyToClipboard, ExpandableSection, SpaceBetween, StatusIndicator, Tabs } from '../ui'
import HelpPanel from '@cloudscape-design/components/help-panel'
import { forgetCalls, useCalls, type Recorded } from './calls'
import { allAsTemplate, asCli, asTemplate } from './copyas'
import { Mono } from './fields'

/** What was done on these pages, as commands and as template snippets. */
export default function CopyAsPanel() {
  const calls = useCalls()
  const worked = calls.filter((call) => !call.failed).reverse()
  const template = allAsTemplate(worked)
  return (
    <HelpPanel header={<h2>Copy as</h2>}>
      <SpaceBetween size="m">
        <Box variant="p">Whatever you change on these pages is listed here, the newest first: the same act as an AWS CLI command and, where a template can hold it, as its resource.</Box>
        {calls.length === 0 ? (
          <Box color="text-body-secondary">Nothing was changed yet.</Box>
        ) : (
          <SpaceBetween direction="horizontal" size="xs">
            <CopyToClipboard copyButtonText="All as script" textToCopy={`#!/bin/sh -e\n${worked.map(asCli).join('\n\n')}\n`} copySuccessText="Copied" copyErrorText="Not copied" />
            {template && <CopyToClipboard copyButtonText="All as template" textToCopy={template} copySuccessText="Copied" copyErrorText="Not copied" />}
            <Button onClick={forgetCalls}>Clear</Button>
          </SpaceBetween>
        )}
        {calls.map((call) => (
          <Call key={call.id} call={call} />
        ))}
      </SpaceBetween>
    </HelpPanel>
  )
}

function Call({ call }: { call: Recorded }) {
  const template = asTemplate(call)
  const tab = (id: string, label: string, text: string) => ({
    id,
    label,
    content: (
      <SpaceBetween size="xs">
        <Mono>{text}</Mono>
        <CopyToClipboard copyButtonText="Copy" textToCopy={text} copySuccessText="Copied" copyErrorText="Not copied" />
      </SpaceBetween>
    ),
  })
  return (
    <ExpandableSection
      headerText={<StatusIndicator type={call.failed ? 'error' : 'success'}>{`${call.service} ${call.operation}`}</StatusIndicator>}
      headerDescription={call.time.toLocaleTimeString('sv')}
    >
      <Tabs variant="default" tabs={[tab('cli', 'AWS CLI', asCli(call)), template ? tab('template', 'Template', template) : { id: 'template', label: 'Template', content: <Box color="text-body-secondary">No template holds this: it is data, code, or takes something away.</Box> }]} />
    </ExpandableSection>
  )
}

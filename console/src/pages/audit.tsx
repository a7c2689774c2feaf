import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { config, recorded } from '../kit/aws'
import { auditOf, type Finding } from '../kit/audit'
import { findingColumns } from '../kit/findings'
import { List } from '../kit/list'
import { useLoad } from '../kit/load'
import { useTitle } from '../kit/page'
import { To, to } from '../kit/route'
import { stacks } from './stacks'

const cloudformation = recorded(new CloudFormationClient(config), 'cloudformation')

/** What a security reviewer would say of the stacks that run: the same as `galley audit`. */
export default function Audit() {
  useTitle('Audit')
  const loaded = useLoad(async () => {
    const found: (Finding & { stack: string })[] = []
    for (const { StackName } of await stacks()) {
      const { TemplateBody } = await cloudformation.send(new GetTemplateCommand({ StackName }))
      if (TemplateBody) found.push(...(await auditOf(TemplateBody)).map((one) => ({ ...one, stack: StackName! })))
    }
    return found
  })
  return (
    <List
      title="Audit findings"
      noun="finding"
      variant="full-page"
      description="What a security reviewer would name in the templates of the stacks that run, as galley audit does. A finding that is kept on purpose is accepted in the template's Metadata."
      loaded={loaded}
      id={(one) => `${one.stack}/${one.resource} ${one.rule}`}
      empty="Nothing to name in what is deployed as a stack."
      columns={[{ id: 'resource', header: 'Resource', cell: (one) => <To href={`${to('stacks', one.stack)}?tab=resources`}>{`${one.stack}/${one.resource}`}</To>, value: (one) => `${one.stack}/${one.resource}`, width: 240 }, ...findingColumns]}
    />
  )
}

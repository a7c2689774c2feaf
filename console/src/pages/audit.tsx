import { GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { auditOf, auditOfThere, type Finding } from '../kit/audit'
import { findingColumns } from '../kit/findings'
import { List } from '../kit/list'
import { useLoad } from '../kit/load'
import { useTitle } from '../kit/page'
import { To, to } from '../kit/route'
import { cloudformation, placeOf, stacks } from './stacks'

type Placed = Finding & { name: string; place?: string }

/** What a security reviewer would say: of the stacks by their templates, as `galley audit` does, and of what was made outside of them. */
export default function Audit() {
  useTitle('Audit')
  const loaded = useLoad(async () => {
    const found: Placed[] = []
    for (const { StackName } of await stacks()) {
      const { TemplateBody } = await cloudformation.send(new GetTemplateCommand({ StackName }))
      if (TemplateBody) found.push(...(await auditOf(TemplateBody)).map((one) => ({ ...one, name: `${StackName}/${one.resource}`, place: `${to('stacks', StackName!)}?tab=resources` })))
    }
    const byHand = (await auditOfThere()).filter((one) => !one.stack)
    return [...found, ...byHand.map((one) => ({ ...one.finding, name: `${one.type.split('::').slice(1).join(' ')} ${one.finding.resource}`, place: placeOf(one.type, one.finding.resource) ?? placeOf(one.parentType, one.parentId) }))]
  })
  return (
    <List
      title="Audit findings"
      noun="finding"
      variant="full-page"
      description="What a security reviewer would name: in the templates of the stacks that run, as galley audit does, and at what was made outside of them. A finding that is kept on purpose is accepted in the template's Metadata."
      loaded={loaded}
      id={(one) => `${one.name} ${one.rule} ${one.detail}`}
      empty="Nothing to name in what is there."
      columns={[{ id: 'resource', header: 'Resource', cell: (one) => (one.place ? <To href={one.place}>{one.name}</To> : one.name), value: (one) => one.name, width: 300 }, ...findingColumns]}
    />
  )
}

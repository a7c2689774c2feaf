import { DeleteLayerVersionCommand, ListLayersCommand, ListLayerVersionsCommand, PublishLayerVersionCommand, type LayersListItem, type LayerVersionsListItem, type Runtime } from '@aws-sdk/client-lambda'
import { useState } from 'react'
import { all } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { ChooseMany, Copy, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Detail, useTitle } from '../kit/page'
import { go, To, to } from '../kit/route'
import { ZipField } from '../kit/zip-field'
import { Button } from '../ui'
import { lambda, languages } from './lambda'

export default function Layers({ parts: [name] }: { parts: string[] }) {
  return name === undefined ? <LayerList /> : <Layer name={name} key={name} />
}

export const layers = () =>
  all<LayersListItem, string>(async (Marker) => {
    const page = await lambda.send(new ListLayersCommand({ Marker }))
    return [page.Layers, page.NextMarker]
  })

const versionsOf = (LayerName: string) =>
  all<LayerVersionsListItem, string>(async (Marker) => {
    const page = await lambda.send(new ListLayerVersionsCommand({ LayerName, Marker }))
    return [page.LayerVersions, page.NextMarker]
  })

function LayerList() {
  useTitle('Layers')
  const [creating, setCreating] = useState(false)
  return (
    <>
      <List
        title="Layers"
        noun="layer"
        variant="full-page"
        loaded={useLoad(layers)}
        id={(one) => one.LayerName!}
        empty="A layer is code that several functions share: it is unpacked to /opt."
        actions={() => <Button variant="primary" onClick={() => setCreating(true)}>Create layer</Button>}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => <To href={to('layers', one.LayerName!)}>{one.LayerName}</To>, value: (one) => one.LayerName, width: 240 },
          { id: 'version', header: 'Latest version', cell: (one) => one.LatestMatchingVersion?.Version, value: (one) => one.LatestMatchingVersion?.Version },
          { id: 'runtimes', header: 'Compatible runtimes', cell: (one) => one.LatestMatchingVersion?.CompatibleRuntimes?.join(', ') || '–', width: 220 },
          { id: 'arn', header: 'Version ARN', cell: (one) => <Copy text={one.LatestMatchingVersion?.LayerVersionArn} />, width: 440 },
        ]}
      />
      {creating && <Publish close={() => setCreating(false)} />}
    </>
  )
}

/** A new layer, or a new version of one. */
function Publish({ name, close }: { name?: string; close: (done: boolean) => void }) {
  const [form, set] = useForm({ name: name ?? '', description: '', runtimes: [] as string[], files: [] as File[] })
  return (
    <Dialog
      title={name ? `New version of ${name}` : 'Create layer'}
      submit={name ? 'Publish version' : 'Create'}
      disabled={!form.name || form.files.length !== 1}
      close={close}
      act={async () => {
        const made = await lambda.send(
          new PublishLayerVersionCommand({
            LayerName: form.name,
            Description: form.description || undefined,
            CompatibleRuntimes: form.runtimes.length ? (form.runtimes as Runtime[]) : undefined,
            Content: { ZipFile: new Uint8Array(await form.files[0]!.arrayBuffer()) },
          }),
        )
        say(`Successfully created layer ${form.name} version ${made.Version}.`)
        if (!name) go(to('layers', form.name))
      }}
    >
      {!name && <Text label="Name" value={form.name} set={(value) => set({ name: value })} />}
      <Text label="Description" optional value={form.description} set={(description) => set({ description })} />
      <ZipField description="What is in it stands under /opt: python/ and nodejs/node_modules are found by themselves." value={form.files} set={(files) => set({ files })} />
      <ChooseMany label="Compatible runtimes" optional value={form.runtimes} set={(runtimes) => set({ runtimes })} choices={languages} />
    </Dialog>
  )
}

function Layer({ name }: { name: string }) {
  const loaded = useLoad(() => versionsOf(name))
  const [publishing, setPublishing] = useState(false)
  return (
    <Detail title={name} loaded={loaded}>
      {(versions) => (
        <>
          <List
            title="Versions"
            noun="version"
            loaded={{ ...loaded, value: versions }}
            id={(one) => String(one.Version)}
            remove={(one) => lambda.send(new DeleteLayerVersionCommand({ LayerName: name, VersionNumber: one.Version }))}
            removeWarning="Functions that use the version keep it until they are changed."
            empty="All versions of this layer are deleted."
            actions={() => <Button variant="primary" onClick={() => setPublishing(true)}>Create version</Button>}
            columns={[
              { id: 'version', header: 'Version', cell: (one) => one.Version, value: (one) => one.Version },
              { id: 'description', header: 'Description', cell: (one) => one.Description || '–', value: (one) => one.Description, width: 200 },
              { id: 'runtimes', header: 'Compatible runtimes', cell: (one) => one.CompatibleRuntimes?.join(', ') || '–', width: 200 },
              { id: 'created', header: 'Created', cell: (one) => when(one.CreatedDate), value: (one) => one.CreatedDate, width: 170 },
              { id: 'arn', header: 'Version ARN', cell: (one) => <Copy text={one.LayerVersionArn} />, width: 440 },
            ]}
          />
          {publishing && <Publish name={name} close={(done) => { setPublishing(false); if (done) loaded.reload() }} />}
        </>
      )}
    </Detail>
  )
}

import {
  CreateBucketCommand, DeleteBucketCommand, DeleteBucketPolicyCommand, DeleteBucketWebsiteCommand, DeleteObjectsCommand, GetBucketLocationCommand, GetBucketPolicyCommand, GetBucketPolicyStatusCommand, GetBucketVersioningCommand, GetBucketWebsiteCommand, GetObjectCommand, GetPublicAccessBlockCommand,
  ListBucketsCommand, ListObjectsV2Command, ListObjectVersionsCommand, PutBucketPolicyCommand, PutBucketVersioningCommand, PutBucketWebsiteCommand, PutObjectCommand, PutPublicAccessBlockCommand, S3Client, HeadObjectCommand,
  type Bucket as BucketType, type DeleteMarkerEntry, type ObjectIdentifier, type ObjectVersion, type PublicAccessBlockConfiguration, type WebsiteConfiguration,
} from '@aws-sdk/client-s3'
import { useRef, useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { ConfirmDelete } from '../kit/confirm'
import { Dialog } from '../kit/dialog'
import { save } from '../kit/download'
import { Editor } from '../kit/editor'
import { Failure } from '../kit/failure'
import { bytes, Check, Copy, Muted, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useAct, useLoad, usePages } from '../kit/load'
import { say } from '../kit/notes'
import { Create, Detail, Section, useTitle } from '../kit/page'
import { Out, setQuery, To, to, usePlace } from '../kit/route'
import { local, session } from '../kit/session'
import { Alert, Badge, Box, BreadcrumbGroup, Button, KeyValuePairs, Modal, SpaceBetween, StatusIndicator, Tabs, Toggle } from '../ui'

const s3 = recorded(new S3Client({ ...config, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }), 's3')

export default function S3({ parts: [name] }: { parts: string[] }) {
  return name === undefined ? <Buckets /> : name === 'create' ? <CreateBucket /> : <Bucket name={name} key={name} />
}

export const buckets = () =>
  all<BucketType, string>(async (ContinuationToken) => {
    const page = await s3.send(new ListBucketsCommand({ ContinuationToken }))
    return [page.Buckets, page.ContinuationToken]
  })

/** What a bucket may not have is told by an error of this name. */
async function orNone<T>(ask: Promise<T>, ...names: string[]): Promise<T | undefined> {
  try {
    return await ask
  } catch (error) {
    if (names.includes((error as Error).name)) return undefined
    throw error
  }
}

function Buckets() {
  useTitle('Buckets')
  return (
    <List
      title="Buckets"
      noun="bucket"
      variant="full-page"
      loaded={useLoad(buckets)}
      id={(one) => one.Name!}
      create="/s3/create"
      remove={(one) => s3.send(new DeleteBucketCommand({ Bucket: one.Name }))}
      removeWarning="A bucket must be empty before it can be deleted."
      empty="A bucket keeps files: the built site, say."
      columns={[
        { id: 'name', header: 'Name', cell: (one) => <To href={to('s3', one.Name!)}>{one.Name}</To>, value: (one) => one.Name, width: 320 },
        { id: 'region', header: 'AWS Region', cell: (one) => one.BucketRegion, value: (one) => one.BucketRegion },
        { id: 'created', header: 'Creation date', cell: (one) => when(one.CreationDate), value: (one) => one.CreationDate?.toISOString(), width: 180 },
      ]}
    />
  )
}

const allBlocked: PublicAccessBlockConfiguration = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }

function CreateBucket() {
  const [form, set] = useForm({ name: '', block: true, versioning: false })
  const act = async () => {
    const { region } = await session()
    await s3.send(new CreateBucketCommand({ Bucket: form.name, CreateBucketConfiguration: region === 'us-east-1' ? undefined : { LocationConstraint: region as 'eu-west-2' } }))
    if (!form.block) await s3.send(new PutPublicAccessBlockCommand({ Bucket: form.name, PublicAccessBlockConfiguration: Object.fromEntries(Object.keys(allBlocked).map((name) => [name, false])) }))
    if (form.versioning) await s3.send(new PutBucketVersioningCommand({ Bucket: form.name, VersioningConfiguration: { Status: 'Enabled' } }))
    say(`Successfully created bucket ${form.name}.`)
    return to('s3', form.name)
  }
  return (
    <Create title="Create bucket" submit="Create bucket" cancel="/s3" act={act} disabled={!form.name}>
      <Section title="General configuration">
        <Text label="Bucket name" value={form.name} set={(name) => set({ name })} placeholder="myawsbucket" constraint="3 to 63 characters: lower case letters, digits, hyphens and dots." />
      </Section>
      <Section title="Block Public Access settings for this bucket">
        <Check label="Block all public access" description="Nobody without an account can read from the bucket, whatever a policy says." value={form.block} set={(block) => set({ block })} />
      </Section>
      <Section title="Bucket Versioning">
        <Check label="Keep all versions of an object" value={form.versioning} set={(versioning) => set({ versioning })} />
      </Section>
    </Create>
  )
}

function Bucket({ name }: { name: string }) {
  const loaded = useLoad(() => s3.send(new GetBucketLocationCommand({ Bucket: name })))
  const tab = usePlace().query.get('tab') ?? 'objects'
  return (
    <Detail title={name} loaded={loaded} audit={{ type: 'AWS::S3::Bucket', id: name, noun: 'bucket' }}>
      {(location) => (
        <Tabs
          activeTabId={tab}
          onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
          tabs={[
            { id: 'objects', label: 'Objects', content: <Objects bucket={name} /> },
            { id: 'properties', label: 'Properties', content: <Properties bucket={name} region={location.LocationConstraint ?? 'us-east-1'} /> },
            { id: 'permissions', label: 'Permissions', content: <Permissions bucket={name} /> },
          ]}
        />
      )}
    </Detail>
  )
}

interface Entry {
  key: string
  name: string
  folder: boolean
  size?: number
  modified?: Date
  storage?: string
  version?: string
  latest?: boolean
  /** A delete marker: the object is gone unless a version is asked for. */
  deleted?: boolean
}

const listed = 1000

async function list(bucket: string, prefix: string, from?: string): Promise<[Entry[], string | undefined]> {
  const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', MaxKeys: listed, ContinuationToken: from }))
  return [
    [
      ...(page.CommonPrefixes ?? []).map((one) => ({ key: one.Prefix!, name: one.Prefix!.slice(prefix.length), folder: true })),
      ...(page.Contents ?? []).filter((one) => one.Key !== prefix).map((one) => ({ key: one.Key!, name: one.Key!.slice(prefix.length), folder: false, size: one.Size, modified: one.LastModified, storage: one.StorageClass })),
    ],
    page.NextContinuationToken,
  ]
}

/** Every version of every object, the newest of each first, with the markers that stand where one was deleted. */
async function listVersions(bucket: string, prefix: string, from?: string): Promise<[Entry[], string | undefined]> {
  const [KeyMarker, VersionIdMarker] = from ? (JSON.parse(from) as [string, string | undefined]) : []
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, Delimiter: '/', MaxKeys: listed, KeyMarker, VersionIdMarker }))
  const of = (one: ObjectVersion & DeleteMarkerEntry, deleted: boolean): Entry => ({ key: one.Key!, name: one.Key!.slice(prefix.length), folder: false, size: one.Size, modified: one.LastModified, storage: one.StorageClass, version: one.VersionId!, latest: one.IsLatest ?? false, deleted })
  const all = [...(page.Versions ?? []).map((one) => of(one as ObjectVersion, false)), ...(page.DeleteMarkers ?? []).map((one) => of(one, true))]
  all.sort((a, b) => (a.key === b.key ? Number(b.latest) - Number(a.latest) || b.modified!.getTime() - a.modified!.getTime() : a.key < b.key ? -1 : 1))
  return [[...(page.CommonPrefixes ?? []).map((one) => ({ key: one.Prefix!, name: one.Prefix!.slice(prefix.length), folder: true })), ...all], page.IsTruncated ? JSON.stringify([page.NextKeyMarker, page.NextVersionIdMarker]) : undefined]
}

const keysUnder = (bucket: string, prefix: string) =>
  all<ObjectIdentifier, string>(async (ContinuationToken) => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }))
    return [page.Contents?.map((one) => ({ Key: one.Key })), page.NextContinuationToken]
  })

const versionsUnder = (bucket: string) =>
  all<ObjectIdentifier, [string | undefined, string | undefined]>(async (from) => {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, KeyMarker: from?.[0], VersionIdMarker: from?.[1] }))
    return [[...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map((one) => ({ Key: one.Key, VersionId: one.VersionId })), page.IsTruncated ? [page.NextKeyMarker, page.NextVersionIdMarker] : undefined]
  })

async function removeKeys(bucket: string, objects: ObjectIdentifier[]) {
  for (let at = 0; at < objects.length; at += 1000) {
    const answer = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects.slice(at, at + 1000), Quiet: true } }))
    const failed = answer.Errors?.[0]
    if (failed) throw Object.assign(new Error(`${failed.Key}: ${failed.Message}`), { name: failed.Code })
  }
}

function Objects({ bucket }: { bucket: string }) {
  const prefix = usePlace().query.get('prefix') ?? ''
  const [versions, setVersions] = useState(false)
  const loaded = usePages<Entry, string>((from) => (versions ? listVersions(bucket, prefix, from) : list(bucket, prefix, from)), `${versions} ${prefix}`)
  const [emptying, setEmptying] = useState(false)
  const [uploads, setUploads] = useState<{ file: File; key: string }[]>()
  const [shown, setShown] = useState<Entry>()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const chosen = (input: HTMLInputElement | null, whole: boolean) => {
    const list = [...(input?.files ?? [])].map((file) => ({ file, key: prefix + (whole ? file.webkitRelativePath.split('/').slice(1).join('/') || file.name : file.name) }))
    if (list.length) setUploads(list)
    if (input) input.value = ''
  }
  const reload = loaded.reload
  const path = prefix.split('/').filter(Boolean)
  return (
    <SpaceBetween size="s">
      {prefix && (
        <BreadcrumbGroup
          ariaLabel="Folder"
          items={[{ text: bucket, href: '' }, ...path.map((text, index) => ({ text, href: path.slice(0, index + 1).join('/') + '/' }))]}
          onFollow={(event) => {
            event.preventDefault()
            setQuery('prefix', event.detail.href || undefined)
          }}
        />
      )}
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" data-testid="files" onChange={() => chosen(files.current, false)} />
      <input ref={folder} type="file" multiple hidden aria-label="Folder to upload" data-testid="folder" {...{ webkitdirectory: '' }} onChange={() => chosen(folder.current, true)} />
      <List
        title="Objects"
        noun="object"
        loaded={loaded}
        more={loaded.more}
        id={(one) => one.key + (one.version ? `?versionId=${one.version}` : '')}
        remove={async (one) => removeKeys(bucket, one.folder ? await keysUnder(bucket, one.key) : [{ Key: one.key, VersionId: one.version }])}
        removeWarning={versions ? 'A version that is deleted is gone; a delete marker that is deleted brings its object back.' : 'Deleting a folder deletes all objects under it. In a bucket with versions the object stays as an older version.'}
        empty="Upload files, or a whole folder such as the site’s build."
        actions={() => (
          <>
            <Toggle checked={versions} onChange={({ detail }) => setVersions(detail.checked)}>Show versions</Toggle>
            <Button onClick={() => setEmptying(true)}>Empty</Button>
            <Button iconName="upload" onClick={() => folder.current?.click()}>
              Upload folder
            </Button>
            <Button variant="primary" iconName="upload" onClick={() => files.current?.click()}>
              Upload files
            </Button>
          </>
        )}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => <Button variant="inline-link" iconName={one.folder ? 'folder' : 'file'} onClick={() => (one.folder ? setQuery('prefix', one.key) : setShown(one))}>{one.name}</Button>, value: (one) => one.name, width: 340 },
          { id: 'type', header: 'Type', cell: (one) => (one.folder ? 'Folder' : one.deleted ? 'Delete marker' : one.name.includes('.') ? one.name.split('.').at(-1) : '–'), value: (one) => (one.folder ? 'Folder' : one.name.split('.').at(-1)) },
          ...(versions ? [{ id: 'version', header: 'Version ID', cell: (one: Entry) => one.version && <span>{one.version} {one.latest && <Badge color="blue">Latest</Badge>}</span>, value: (one: Entry) => one.version, width: 380 }] : []),
          { id: 'modified', header: 'Last modified', cell: (one) => when(one.modified), value: (one) => one.modified?.toISOString(), width: 180 },
          { id: 'size', header: 'Size', cell: (one) => bytes(one.size), value: (one) => one.size },
          { id: 'storage', header: 'Storage class', cell: (one) => one.storage },
        ]}
      />
      {emptying && <ConfirmDelete names={[bucket]} noun="all objects of bucket" nouns="objects" act={async () => removeKeys(bucket, await versionsUnder(bucket))} close={(done) => { setEmptying(false); if (done) reload() }} />}
      {uploads && <Upload bucket={bucket} uploads={uploads} close={(done) => { setUploads(undefined); if (done) reload() }} />}
      {shown && <ObjectDialog bucket={bucket} entry={shown} close={() => setShown(undefined)} />}
    </SpaceBetween>
  )
}

const contentTypes: Record<string, string> = { html: 'text/html', htm: 'text/html', js: 'text/javascript', mjs: 'text/javascript', css: 'text/css', json: 'application/json', map: 'application/json', svg: 'image/svg+xml', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', ico: 'image/vnd.microsoft.icon', txt: 'text/plain', md: 'text/markdown', xml: 'application/xml', pdf: 'application/pdf', woff: 'font/woff', woff2: 'font/woff2', wasm: 'application/wasm', webmanifest: 'application/manifest+json', zip: 'application/zip', yaml: 'application/yaml', yml: 'application/yaml' }

function Upload({ bucket, uploads, close }: { bucket: string; uploads: { file: File; key: string }[]; close: (done: boolean) => void }) {
  const [done, setDone] = useState(0)
  const total = uploads.reduce((sum, one) => sum + one.file.size, 0)
  return (
    <Dialog
      title="Upload"
      submit="Upload"
      close={close}
      act={async () => {
        for (const { file, key } of uploads) {
          await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: new Uint8Array(await file.arrayBuffer()), ContentType: contentTypes[key.split('.').at(-1)!.toLowerCase()] ?? (file.type || 'application/octet-stream') }))
          setDone((n) => n + 1)
        }
        say(`Upload succeeded: ${uploads.length} ${uploads.length === 1 ? 'file' : 'files'}, ${bytes(total)}.`)
      }}
    >
      <div>
        {uploads.length} {uploads.length === 1 ? 'file' : 'files'}, {bytes(total)}, to <b>{bucket}</b>
      </div>
      <div className="names">
        {uploads.slice(0, 100).map(({ key, file }, index) => (
          <div key={key}>
            {index < done ? <StatusIndicator type="success">{key}</StatusIndicator> : <Muted>{key}</Muted>} <Muted>({bytes(file.size)})</Muted>
          </div>
        ))}
        {uploads.length > 100 && <Muted>… and {uploads.length - 100} more</Muted>}
      </div>
    </Dialog>
  )
}

function ObjectDialog({ bucket, entry, close }: { bucket: string; entry: Entry; close: () => void }) {
  const of = { Bucket: bucket, Key: entry.key, VersionId: entry.version }
  const head = useLoad(async () => (entry.deleted ? undefined : s3.send(new HeadObjectCommand(of))))
  const { busy, error, run } = useAct()
  const download = () => run(async () => save(entry.name, await (await s3.send(new GetObjectCommand(of))).Body!.transformToByteArray()))
  const region = useLoad(async () => (await session()).region).value
  const path = entry.key.split('/').map(encodeURIComponent).join('/')
  return (
    <Modal visible header={entry.name} onDismiss={close} closeAriaLabel="Close" size="large" footer={<Box float="right"><Button iconName="download" loading={busy} disabled={entry.deleted} onClick={() => void download()}>Download</Button></Box>}>
      <SpaceBetween size="m">
        <Failure error={head.error ?? error} />
        {entry.deleted && <Alert type="info">This is a delete marker: the object seems gone, and its older versions are still there.</Alert>}
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'S3 URI', value: <Copy text={`s3://${bucket}/${entry.key}`} /> },
            { label: 'ARN', value: <Copy text={`arn:aws:s3:::${bucket}/${entry.key}`} /> },
            { label: 'Object URL', value: <Copy text={`https://${bucket}.s3.${region}.amazonaws.com/${path}`} /> },
            { label: 'Here (as anyone may see it)', value: <Out href={local(`https://${bucket}.s3.${region}.amazonaws.com/${path}`)}>Open</Out> },
            { label: 'Content type', value: head.value?.ContentType ?? '–' },
            { label: 'Size', value: bytes(head.value?.ContentLength) },
            { label: 'Entity tag (ETag)', value: head.value?.ETag ?? '–' },
            { label: 'Last modified', value: when(head.value?.LastModified) },
            { label: 'Cache-Control', value: head.value?.CacheControl ?? '–' },
            { label: 'Encryption', value: head.value?.ServerSideEncryption ?? '–' },
            { label: 'Version ID', value: entry.version ?? head.value?.VersionId ?? '–' },
          ]}
        />
      </SpaceBetween>
    </Modal>
  )
}

function Properties({ bucket, region }: { bucket: string; region: string }) {
  const loaded = useLoad(async () => {
    const [website, versioning] = await Promise.all([orNone(s3.send(new GetBucketWebsiteCommand({ Bucket: bucket })), 'NoSuchWebsiteConfiguration'), s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))])
    return { website: website as WebsiteConfiguration | undefined, versioning: versioning.Status }
  })
  const [form, set] = useForm({ open: false, on: true, index: 'index.html', error: '' })
  const { busy, error, run } = useAct()
  const endpoint = `http://${bucket}.s3-website.${region}.amazonaws.com`
  const website = loaded.value?.website
  return (
    <SpaceBetween size="l">
      <Failure error={loaded.error ?? error} />
      <Section title="Bucket overview">
        <KeyValuePairs columns={2} items={[{ label: 'AWS Region', value: region }, { label: 'Amazon Resource Name (ARN)', value: <Copy text={`arn:aws:s3:::${bucket}`} /> }]} />
      </Section>
      <Section
        title="Bucket Versioning"
        actions={<Button loading={busy} onClick={() => void run(() => s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: loaded.value?.versioning === 'Enabled' ? 'Suspended' : 'Enabled' } }))).then(loaded.reload)}>{loaded.value?.versioning === 'Enabled' ? 'Suspend' : 'Enable'}</Button>}
      >
        {loaded.value?.versioning ?? 'Disabled'}
      </Section>
      <Section title="Static website hosting" description="Serves the bucket as a site, by plain HTTP." actions={<Button onClick={() => set({ open: true, on: true, index: website?.IndexDocument?.Suffix ?? 'index.html', error: website?.ErrorDocument?.Key ?? '' })}>Edit</Button>}>
        {website ? (
          <KeyValuePairs columns={3} items={[{ label: 'Index document', value: website.IndexDocument?.Suffix ?? '–' }, { label: 'Error document', value: website.ErrorDocument?.Key ?? '–' }, { label: 'Bucket website endpoint', value: <SpaceBetween size="xxs"><Copy text={endpoint} /><Out href={local(endpoint)}>Open here</Out></SpaceBetween> }]} />
        ) : (
          'Disabled'
        )}
      </Section>
      {form.open && (
        <Dialog
          title="Edit static website hosting"
          submit="Save changes"
          close={(done) => { set({ open: false }); if (done) loaded.reload() }}
          act={async () => {
            await (form.on ? s3.send(new PutBucketWebsiteCommand({ Bucket: bucket, WebsiteConfiguration: { IndexDocument: { Suffix: form.index }, ErrorDocument: form.error ? { Key: form.error } : undefined } })) : s3.send(new DeleteBucketWebsiteCommand({ Bucket: bucket })))
            say('Successfully edited static website hosting.')
          }}
        >
          <Check label="Enable static website hosting" value={form.on} set={(on) => set({ on })} />
          {form.on && (
            <SpaceBetween size="m">
              <Text label="Index document" value={form.index} set={(index) => set({ index })} />
              <Text label="Error document" optional value={form.error} set={(error) => set({ error })} placeholder="index.html" />
            </SpaceBetween>
          )}
        </Dialog>
      )}
    </SpaceBetween>
  )
}

const blocks: { name: keyof PublicAccessBlockConfiguration; label: string }[] = [
  { name: 'BlockPublicAcls', label: 'Block public access granted through new access control lists' },
  { name: 'IgnorePublicAcls', label: 'Block public access granted through any access control lists' },
  { name: 'BlockPublicPolicy', label: 'Block public access granted through new public bucket policies' },
  { name: 'RestrictPublicBuckets', label: 'Block public and cross-account access through any public bucket policies' },
]

function Permissions({ bucket }: { bucket: string }) {
  const loaded = useLoad(async () => {
    const [block, policy, status] = await Promise.all([
      orNone(s3.send(new GetPublicAccessBlockCommand({ Bucket: bucket })), 'NoSuchPublicAccessBlockConfiguration'),
      orNone(s3.send(new GetBucketPolicyCommand({ Bucket: bucket })), 'NoSuchBucketPolicy'),
      orNone(s3.send(new GetBucketPolicyStatusCommand({ Bucket: bucket })), 'NoSuchBucketPolicy'),
    ])
    return { block: block?.PublicAccessBlockConfiguration ?? {}, policy: policy?.Policy, isPublic: status?.PolicyStatus?.IsPublic ?? false }
  })
  const [editing, setEditing] = useState<'block' | 'policy'>()
  const [block, setBlock] = useState<PublicAccessBlockConfiguration>({})
  const [policy, setPolicy] = useState('')
  const [deleting, setDeleting] = useState(false)
  const close = (done: boolean) => {
    setEditing(undefined)
    if (done) loaded.reload()
  }
  const problem = problemOf(policy, bucket)
  const value = loaded.value
  if (!value) return <Failure error={loaded.error} />
  const every = blocks.every((one) => value.block[one.name])
  return (
    <SpaceBetween size="l">
      <Section title="Permissions overview">
        <KeyValuePairs items={[{ label: 'Access', value: value.isPublic ? <StatusIndicator type="warning">Public</StatusIndicator> : <StatusIndicator type="success">{every ? 'Bucket and objects not public' : 'Objects can be public'}</StatusIndicator> }]} />
      </Section>
      <Section title="Block public access (bucket settings)" actions={<Button onClick={() => { setBlock(value.block); setEditing('block') }}>Edit</Button>}>
        <div>
          <b>Block all public access:</b> {every ? 'On' : 'Off'}
        </div>
        {!every && blocks.map((one) => <StatusIndicator key={one.name} type={value.block[one.name] ? 'success' : 'stopped'}>{`${one.label}: ${value.block[one.name] ? 'on' : 'off'}`}</StatusIndicator>)}
      </Section>
      <Section
        title="Bucket policy"
        description="Who may do what with the bucket and its objects, as JSON."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!value.policy} onClick={() => setDeleting(true)}>Delete</Button>
            <Button onClick={() => { setPolicy(value.policy ? JSON.stringify(JSON.parse(value.policy), null, 2) : example(bucket)); setEditing('policy') }}>Edit</Button>
          </SpaceBetween>
        }
      >
        {value.policy ? <Editor bare label="Bucket policy" language="json" value={JSON.stringify(JSON.parse(value.policy), null, 2)} height={240} /> : <Muted>No policy to display.</Muted>}
      </Section>
      {editing === 'block' && (
        <Dialog
          title="Edit Block public access"
          submit="Save changes"
          close={close}
          act={async () => {
            await s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: Object.fromEntries(blocks.map((one) => [one.name, block[one.name] ?? false])) }))
            say('Successfully edited Block Public Access settings for this bucket.')
          }}
        >
          <Check label="Block all public access" value={blocks.every((one) => block[one.name])} set={(on) => setBlock(Object.fromEntries(blocks.map((one) => [one.name, on])))} />
          {blocks.map((one) => (
            <Check key={one.name} label={one.label} value={block[one.name] ?? false} set={(on) => setBlock({ ...block, [one.name]: on })} />
          ))}
          {!blocks.every((one) => block[one.name]) && <Alert type="warning">Policies can now make this bucket and its objects public.</Alert>}
        </Dialog>
      )}
      {editing === 'policy' && (
        <Dialog
          title="Edit bucket policy"
          size="large"
          submit="Save changes"
          close={close}
          disabled={!!problem}
          act={async () => {
            await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }))
            say('Successfully edited bucket policy.')
          }}
        >
          <Editor label="Policy" description={`Bucket ARN: arn:aws:s3:::${bucket}`} language="json" value={policy} set={setPolicy} height={300} />
          {problem ? <StatusIndicator type="error">{problem}</StatusIndicator> : <StatusIndicator type="success">The policy is well-formed; S3 judges it when it is saved.</StatusIndicator>}
        </Dialog>
      )}
      {deleting && <ConfirmDelete names={[bucket]} noun="policy of bucket" nouns="policies" act={() => s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))} close={(done) => { setDeleting(false); if (done) loaded.reload() }} />}
    </SpaceBetween>
  )
}

const example = (bucket: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'PublicReadGetObject', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }] }, null, 2)

/** What can be told before S3 is asked. */
function problemOf(text: string, bucket: string): string | undefined {
  try {
    const policy = JSON.parse(text) as { Statement?: unknown }
    const statements = [policy.Statement ?? []].flat() as Record<string, unknown>[]
    if (statements.length === 0) return 'The policy has no Statement.'
    for (const [index, one] of statements.entries()) {
      const at = `Statement ${index + 1}`
      if (one['Effect'] !== 'Allow' && one['Effect'] !== 'Deny') return `${at}: Effect must be Allow or Deny.`
      if (!one['Principal'] && !one['NotPrincipal']) return `${at}: a bucket policy says whom it is about: Principal.`
      if (!one['Action'] && !one['NotAction']) return `${at}: Action is missing.`
      const resources = [one['Resource'] ?? []].flat() as string[]
      const other = resources.find((resource) => resource !== '*' && !resource.startsWith(`arn:aws:s3:::${bucket}`))
      if (other) return `${at}: ${other} is not in this bucket.`
      if (resources.length === 0 && !one['NotResource']) return `${at}: Resource is missing.`
    }
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

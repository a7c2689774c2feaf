import type { Recorded } from './calls'

const cli: Record<string, string> = { s3: 's3api', cognito: 'cognito-idp' }

/** As botocore names options: `CallbackURLs` → `callback-urls`. */
export function kebab(name: string): string {
  const plural = /[A-Z]{2,}s$/.exec(name)
  if (plural) name = `${name.slice(0, plural.index)}-${plural[0].toLowerCase()}`
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/-+/g, '-')
    .replace(/^-/, '')
    .toLowerCase()
}

const quote = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

const secret = /password|secret/i

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array || value instanceof Blob

/** Bytes within JSON, as the CLI takes them; what is long stands for a file. */
const base64 = (bytes: Uint8Array | Blob) => (bytes instanceof Uint8Array && bytes.length <= 1024 ? btoa(String.fromCharCode(...bytes)) : '<bytes>')

const json = (value: unknown) => JSON.stringify(value, (name, inner: unknown) => (isBytes(inner) ? base64(inner) : secret.test(name) && typeof inner === 'string' ? '********' : inner))

/** The call as the AWS CLI makes it. */
export function asCli({ service, operation, input }: Pick<Recorded, 'service' | 'operation' | 'input'>): string {
  const options: string[] = []
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    const option = `--${kebab(name)}`
    if (service === 'lambda' && isBytes((value as { ZipFile?: unknown } | null)?.ZipFile)) options.push(`--zip-file fileb://${name === 'Content' ? 'layer' : 'function'}.zip`)
    else if (isBytes(value)) options.push(`${option} ${name === 'Body' ? quote(String(input['Key'] ?? 'FILE').split('/').at(-1)!) : `fileb://${name === 'Payload' ? 'event.json' : 'function.zip'}`}`)
    else if (secret.test(name) && typeof value === 'string') options.push(`${option} '********'`)
    else if (typeof value === 'boolean') options.push(value ? option : `--no-${kebab(name)}`)
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) options.push(`${option} ${value.map(quote).join(' ')}`)
    else if (typeof value === 'object') options.push(`${option} ${quote(json(value))}`)
    else options.push(`${option} ${quote(String(value))}`)
  }
  if (operation === 'Invoke') options.push('out.json')
  return [`aws ${cli[service] ?? service} ${kebab(operation)}`, ...options].join(' \\\n    ')
}

type Properties = Record<string, unknown>

interface Shape {
  type: string
  properties?: (input: Properties) => Properties
  /** The call sets a part of the resource; the rest stays what it is. */
  part?: boolean
}

const without = (...names: string[]) => (input: Properties): Properties => Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)))
const rename = (from: string, to: string) => ({ [from]: value, ...rest }: Properties): Properties => ({ ...(value !== undefined && { [to]: value }), ...rest })
const parsed = (...names: string[]) => (input: Properties): Properties => Object.fromEntries(Object.entries(input).map(([name, value]) => [name, names.includes(name) && typeof value === 'string' ? tryParse(value) : value]))
const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const whole = (type: string, properties?: Shape['properties']): Shape => ({ type, properties })
const part = (type: string, properties?: Shape['properties']): Shape => ({ type, properties, part: true })
const uploaded = (name: string) => ({ S3Bucket: 'YOUR-BUCKET', S3Key: name })
const url = ({ FunctionName, ...rest }: Properties) => ({ TargetFunctionArn: FunctionName, ...rest })
const distribution = ({ DistributionConfig }: Properties) => ({ DistributionConfig: unlist(DistributionConfig, 'CallerReference') })

/** What a call makes, as a template says it. What is not here is in no template: data, people's passwords, code, and what is taken away. */
const shapes: Record<string, Shape> = {
  'dynamodb CreateTable': whole('AWS::DynamoDB::Table'),
  'dynamodb UpdateTable': part('AWS::DynamoDB::Table', ({ GlobalSecondaryIndexUpdates: updates, ...rest }) => ({ ...rest, ...(updates !== undefined && { GlobalSecondaryIndexes: (updates as { Create?: unknown }[]).map((one) => one.Create).filter(Boolean) }) })),
  'lambda CreateFunction': whole('AWS::Lambda::Function', ({ Code: _, ...rest }) => ({ ...rest, Code: uploaded('function.zip') })),
  'lambda UpdateFunctionConfiguration': part('AWS::Lambda::Function'),
  'lambda PutFunctionConcurrency': part('AWS::Lambda::Function'),
  'lambda PublishVersion': whole('AWS::Lambda::Version'),
  'lambda AddPermission': whole('AWS::Lambda::Permission', without('StatementId')),
  'lambda CreateFunctionUrlConfig': whole('AWS::Lambda::Url', url),
  'lambda UpdateFunctionUrlConfig': whole('AWS::Lambda::Url', url),
  'lambda PublishLayerVersion': whole('AWS::Lambda::LayerVersion', ({ Content: _, ...rest }) => ({ ...rest, Content: uploaded('layer.zip') })),
  'apigatewayv2 CreateApi': whole('AWS::ApiGatewayV2::Api'),
  'apigatewayv2 UpdateApi': part('AWS::ApiGatewayV2::Api', without('ApiId')),
  'apigatewayv2 CreateRoute': whole('AWS::ApiGatewayV2::Route'),
  'apigatewayv2 UpdateRoute': part('AWS::ApiGatewayV2::Route', without('RouteId')),
  'apigatewayv2 CreateIntegration': whole('AWS::ApiGatewayV2::Integration'),
  'apigatewayv2 CreateStage': whole('AWS::ApiGatewayV2::Stage'),
  'apigatewayv2 CreateAuthorizer': whole('AWS::ApiGatewayV2::Authorizer'),
  'cognito CreateUserPool': whole('AWS::Cognito::UserPool', rename('PoolName', 'UserPoolName')),
  'cognito SetUserPoolMfaConfig': part('AWS::Cognito::UserPool', ({ MfaConfiguration, SoftwareTokenMfaConfiguration, SmsMfaConfiguration, EmailMfaConfiguration }) => ({
    MfaConfiguration,
    EnabledMfas: [(SoftwareTokenMfaConfiguration as { Enabled?: boolean })?.Enabled && 'SOFTWARE_TOKEN_MFA', SmsMfaConfiguration && 'SMS_MFA', EmailMfaConfiguration && 'EMAIL_OTP'].filter(Boolean),
    ...(SmsMfaConfiguration as object),
  })),
  'cognito AddCustomAttributes': part('AWS::Cognito::UserPool', ({ CustomAttributes }) => ({ Schema: CustomAttributes })),
  'cognito CreateUserPoolClient': whole('AWS::Cognito::UserPoolClient'),
  'cognito UpdateUserPoolClient': whole('AWS::Cognito::UserPoolClient', without('ClientId')),
  'cognito CreateUserPoolDomain': whole('AWS::Cognito::UserPoolDomain'),
  'cognito CreateGroup': whole('AWS::Cognito::UserPoolGroup'),
  'cognito AdminCreateUser': whole('AWS::Cognito::UserPoolUser', without('TemporaryPassword')),
  'cognito AdminAddUserToGroup': whole('AWS::Cognito::UserPoolUserToGroupAttachment'),
  's3 CreateBucket': whole('AWS::S3::Bucket', ({ Bucket }) => ({ BucketName: Bucket })),
  's3 PutBucketVersioning': part('AWS::S3::Bucket', rename('Bucket', 'BucketName')),
  's3 PutBucketWebsite': part('AWS::S3::Bucket', ({ Bucket, WebsiteConfiguration }) => {
    const { IndexDocument, ErrorDocument } = WebsiteConfiguration as { IndexDocument?: { Suffix: string }; ErrorDocument?: { Key: string } }
    return { BucketName: Bucket, WebsiteConfiguration: { IndexDocument: IndexDocument?.Suffix, ErrorDocument: ErrorDocument?.Key } }
  }),
  's3 PutPublicAccessBlock': part('AWS::S3::Bucket', rename('Bucket', 'BucketName')),
  's3 PutBucketPolicy': whole('AWS::S3::BucketPolicy', ({ Bucket, Policy }) => ({ Bucket, PolicyDocument: tryParse(String(Policy)) })),
  'cloudfront CreateDistribution': whole('AWS::CloudFront::Distribution', distribution),
  'cloudfront UpdateDistribution': whole('AWS::CloudFront::Distribution', distribution),
  'cloudfront CreateOriginAccessControl': whole('AWS::CloudFront::OriginAccessControl'),
  'iam CreateRole': whole('AWS::IAM::Role', parsed('AssumeRolePolicyDocument')),
  'iam UpdateAssumeRolePolicy': part('AWS::IAM::Role', (input) => rename('PolicyDocument', 'AssumeRolePolicyDocument')(parsed('PolicyDocument')(input))),
  'iam AttachRolePolicy': part('AWS::IAM::Role', ({ RoleName, PolicyArn }) => ({ RoleName, ManagedPolicyArns: [PolicyArn] })),
  'iam PutRolePolicy': whole('AWS::IAM::RolePolicy', parsed('PolicyDocument')),
  'logs CreateLogGroup': whole('AWS::Logs::LogGroup', rename('logGroupName', 'LogGroupName')),
  'logs PutRetentionPolicy': whole('AWS::Logs::LogGroup', ({ logGroupName, retentionInDays }) => ({ LogGroupName: logGroupName, RetentionInDays: retentionInDays })),
}

/** CloudFront's API counts its lists; templates do not. */
function unlist(value: unknown, without?: string): unknown {
  if (Array.isArray(value)) return value.map((one) => unlist(one))
  if (typeof value !== 'object' || value === null) return value
  const object = value as Properties
  if ('Quantity' in object) {
    const rest = Object.keys(object).filter((name) => name !== 'Quantity' && name !== 'Items')
    if (rest.length === 0) return unlist(object['Items'] ?? [])
  }
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== without && name !== 'Quantity').map(([name, inner]) => [name, unlist(inner)]))
}

interface Made {
  id: string
  type: string
  part: boolean
  properties: Properties
}

/** The resource that the call makes; undefined for what no template holds. */
function madeBy({ service, operation, input }: Pick<Recorded, 'service' | 'operation' | 'input'>): Made | undefined {
  const shape = shapes[`${service} ${operation}`]
  if (!shape) return undefined
  const { type, properties: change, part = false } = shape
  const properties = JSON.parse(json(change ? change(input) : input)) as Properties
  const named = Object.entries(properties).find(([name, value]) => /Name$|^Bucket$|RouteKey|^Domain$/.test(name) && typeof value === 'string')?.[1] as string | undefined
  const id = (named ?? type.split('::')[2]!).replace(/[^A-Za-z0-9]+(.)?/g, (_, letter?: string) => letter?.toUpperCase() ?? '').replace(/^./, (letter) => letter.toUpperCase()) || 'Resource'
  return { id, type, part, properties }
}

const text = ({ id, type, part, properties }: Made) => `${id}:\n  Type: ${type}\n  Properties:${part ? ' # those that this call sets' : ''}\n${yaml(properties, 4)}`

/** The call's resource, for a template's `Resources`. */
export function asTemplate(call: Pick<Recorded, 'service' | 'operation' | 'input'>): string | undefined {
  const made = madeBy(call)
  return made && text(made)
}

/** All that was made as one template: what later calls set of a resource is with it. */
export function allAsTemplate(calls: Pick<Recorded, 'service' | 'operation' | 'input'>[]): string | undefined {
  const resources: Made[] = []
  for (const made of calls.map(madeBy)) {
    if (!made) continue
    const known = resources.find((one) => one.type === made.type && one.id === made.id)
    if (known) Object.assign(known, { properties: { ...known.properties, ...made.properties }, part: known.part && made.part })
    else resources.push(made)
  }
  if (resources.length === 0) return undefined
  const ids = new Set<string>()
  for (const one of resources) {
    if (ids.has(one.id)) one.id += one.type.split('::')[2]
    for (let n = 2, id = one.id; ids.has(one.id); n++) one.id = id + n
    ids.add(one.id)
  }
  return `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n${resources.map(text).join('\n').replace(/^/gm, '  ')}\n`
}

export function yaml(value: unknown, indent = 0): string {
  const pad = ' '.repeat(indent)
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'object' && one !== null && Object.keys(one).length ? `${pad}- ${yaml(one, indent + 2).trimStart()}` : `${pad}- ${scalar(one)}`)).join('\n')
  return Object.entries(value as Properties)
    .filter(([, inner]) => inner !== undefined && inner !== null)
    .map(([name, inner]) => {
      const key = /^[\w.-]+$/.test(name) ? name : JSON.stringify(name)
      if (typeof inner !== 'object' || inner === null) return `${pad}${key}: ${scalar(inner)}`
      if (Object.keys(inner).length === 0) return `${pad}${key}: ${Array.isArray(inner) ? '[]' : '{}'}`
      return `${pad}${key}:\n${yaml(inner, indent + 2)}`
    })
    .join('\n')
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[A-Za-z/][\w ./:@+-]*$/.test(value) && !/: |:$/.test(value) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value) ? value : JSON.stringify(value)
}

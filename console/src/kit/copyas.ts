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

const json = (value: unknown) => JSON.stringify(value, (name, inner: unknown) => (isBytes(inner) ? '<bytes>' : secret.test(name) && typeof inner === 'string' ? '********' : inner))

/** The call as the AWS CLI makes it. */
export function asCli({ service, operation, input }: Pick<Recorded, 'service' | 'operation' | 'input'>): string {
  const options: string[] = []
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    const option = `--${kebab(name)}`
    if (service === 'lambda' && name === 'Code' && isBytes((value as { ZipFile?: unknown }).ZipFile)) options.push('--zip-file fileb://function.zip')
    else if (isBytes(value)) options.push(`${option} ${name === 'Body' ? quote(String(input['Key'] ?? 'FILE').split('/').at(-1)!) : `fileb://${name === 'Payload' ? 'event.json' : 'function.zip'}`}`)
    else if (secret.test(name) && typeof value === 'string') options.push(`${option} '********'`)
    else if (typeof value === 'boolean') options.push(value ? option : `--no-${kebab(name)}`)
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) options.push(`${option} ${value.map(quote).join(' ')}`)
    else if (typeof value === 'object') options.push(`${option} ${quote(json(value))}`)
    else options.push(`${option} ${quote(String(value))}`)
  }
  if (operation === 'Invoke') options.push('out.json')
  const op = kebab(operation).replace(/2$/, '2')
  return [`aws ${cli[service] ?? service} ${op}`, ...options].join(' \\\n    ')
}

type Properties = Record<string, unknown>
type Shape = [type: string, change?: (input: Properties) => Properties]

const rename = (from: string, to: string) => ({ [from]: value, ...rest }: Properties): Properties => ({ ...(value !== undefined && { [to]: value }), ...rest })
const parsed = (...names: string[]) => (input: Properties): Properties => Object.fromEntries(Object.entries(input).map(([name, value]) => [name, names.includes(name) && typeof value === 'string' ? tryParse(value) : value]))
const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const shapes: Record<string, Shape> = {
  'dynamodb CreateTable': ['AWS::DynamoDB::Table'],
  'lambda CreateFunction': ['AWS::Lambda::Function', ({ Code: _, ...rest }) => ({ ...rest, Code: { S3Bucket: 'YOUR-BUCKET', S3Key: 'function.zip' } })],
  'lambda AddPermission': ['AWS::Lambda::Permission', ({ StatementId: _, ...rest }) => rest],
  'apigatewayv2 CreateApi': ['AWS::ApiGatewayV2::Api'],
  'apigatewayv2 CreateRoute': ['AWS::ApiGatewayV2::Route'],
  'apigatewayv2 CreateIntegration': ['AWS::ApiGatewayV2::Integration'],
  'apigatewayv2 CreateStage': ['AWS::ApiGatewayV2::Stage'],
  'apigatewayv2 CreateAuthorizer': ['AWS::ApiGatewayV2::Authorizer'],
  'cognito CreateUserPool': ['AWS::Cognito::UserPool', rename('PoolName', 'UserPoolName')],
  'cognito CreateUserPoolClient': ['AWS::Cognito::UserPoolClient'],
  'cognito UpdateUserPoolClient': ['AWS::Cognito::UserPoolClient', ({ ClientId: _, ...rest }) => rest],
  'cognito CreateUserPoolDomain': ['AWS::Cognito::UserPoolDomain'],
  'cognito CreateGroup': ['AWS::Cognito::UserPoolGroup'],
  's3 CreateBucket': ['AWS::S3::Bucket', ({ Bucket }) => ({ BucketName: Bucket })],
  's3 PutBucketWebsite': ['AWS::S3::Bucket', ({ Bucket, WebsiteConfiguration }) => {
    const { IndexDocument, ErrorDocument } = WebsiteConfiguration as { IndexDocument?: { Suffix: string }; ErrorDocument?: { Key: string } }
    return { BucketName: Bucket, WebsiteConfiguration: { IndexDocument: IndexDocument?.Suffix, ErrorDocument: ErrorDocument?.Key } }
  }],
  's3 PutPublicAccessBlock': ['AWS::S3::Bucket', ({ Bucket, PublicAccessBlockConfiguration }) => ({ BucketName: Bucket, PublicAccessBlockConfiguration })],
  's3 PutBucketPolicy': ['AWS::S3::BucketPolicy', ({ Bucket, Policy }) => ({ Bucket, PolicyDocument: tryParse(String(Policy)) })],
  'cloudfront CreateDistribution': ['AWS::CloudFront::Distribution', ({ DistributionConfig }) => ({ DistributionConfig: unlist(DistributionConfig, 'CallerReference') })],
  'cloudfront UpdateDistribution': ['AWS::CloudFront::Distribution', ({ DistributionConfig }) => ({ DistributionConfig: unlist(DistributionConfig, 'CallerReference') })],
  'cloudfront CreateOriginAccessControl': ['AWS::CloudFront::OriginAccessControl'],
  'iam CreateRole': ['AWS::IAM::Role', parsed('AssumeRolePolicyDocument')],
  'iam PutRolePolicy': ['AWS::IAM::RolePolicy', parsed('PolicyDocument')],
  'iam CreatePolicy': ['AWS::IAM::ManagedPolicy', (input) => rename('PolicyName', 'ManagedPolicyName')(parsed('PolicyDocument')(input))],
  'logs CreateLogGroup': ['AWS::Logs::LogGroup', ({ logGroupName }) => ({ LogGroupName: logGroupName })],
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

/** The resource that the call makes, for a template's `Resources`; undefined for what no template holds. */
export function asTemplate({ service, operation, input }: Pick<Recorded, 'service' | 'operation' | 'input'>): string | undefined {
  const shape = shapes[`${service} ${operation}`]
  if (!shape) return undefined
  const [type, change] = shape
  const properties = change ? change(input) : input
  const named = Object.entries(properties).find(([name, value]) => /Name$|^Bucket$|RouteKey|^Domain$/.test(name) && typeof value === 'string')?.[1] as string | undefined
  const id = (named ?? type.split('::')[2]!).replace(/[^A-Za-z0-9]+(.)?/g, (_, letter?: string) => letter?.toUpperCase() ?? '').replace(/^./, (letter) => letter.toUpperCase()) || 'Resource'
  return `${id}:\n  Type: ${type}\n  Properties:\n${yaml(JSON.parse(json(properties)) as Properties, 4)}`
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

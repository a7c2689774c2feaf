import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand, type Role } from '@aws-sdk/client-iam'
import { all, config, recorded } from './aws'
import { session } from './session'

export const iam = recorded(new IAMClient(config), 'iam')

export const roles = () =>
  all<Role, string>(async (Marker) => {
    const page = await iam.send(new ListRolesCommand({ Marker }))
    return [page.Roles, page.Marker]
  })

export const trustOf = (service: string) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] })

export const isFor = (role: Role, service: string) => decodeURIComponent(role.AssumeRolePolicyDocument ?? '').includes(service)

/** What AWS's console offers as policy templates when a function's role is made. */
export const policyTemplates: { name: string; description: string; statement: (region: string, account: string) => object }[] = [
  {
    name: 'Simple microservice permissions',
    description: 'DynamoDB: read and write items of any table',
    statement: (region, account) => ({ Effect: 'Allow', Action: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'], Resource: `arn:aws:dynamodb:${region}:${account}:table/*` }),
  },
  { name: 'Amazon S3 object read-only permissions', description: 'S3: read objects of any bucket', statement: () => ({ Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::*' }) },
]

/** A function's new role: its logs, and what the chosen templates add. */
export async function makeFunctionRole(name: string, templates: string[]): Promise<string> {
  const { region, account } = await session()
  const made = await iam.send(new CreateRoleCommand({ RoleName: name, Path: '/service-role/', AssumeRolePolicyDocument: trustOf('lambda.amazonaws.com') }))
  await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' }))
  const chosen = policyTemplates.filter((one) => templates.includes(one.name))
  if (chosen.length)
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: chosen[0]!.name.replaceAll(/[^A-Za-z0-9]+/g, '-'), PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: chosen.map((one) => one.statement(region, account)) }, null, 2) }))
  return made.Role!.Arn!
}

using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// A resource handler behind the actions that its type stands for: AWS makes every resource of a stack with the caller's rights, which
/// also read what dynamic references refer to.
/// Types not listed need `service:CreateType`, `UpdateType`, `DeleteType` on `*`.
/// </summary>
internal sealed class AuthorizedHandler(IResourceHandler handler, IAuthorizeResources authorization, IReadParameters parameters) : IResourceHandler
{
    /// <param name="Service">Prefix of the actions.</param>
    /// <param name="Actions">Create, update, delete.</param>
    /// <param name="NameProperty">The property that holds the physical name.</param>
    /// <param name="Resource">ARN with `R` region, `A` account, `N` name.</param>
    /// <param name="Existing">The same of what is there already, where it has a name only then.</param>
    private sealed record Needs(string Service, string[] Actions, string NameProperty = "", string Resource = "*", string? Existing = null);

    private static readonly Dictionary<string, Needs> Known = new()
    {
        ["AWS::DynamoDB::Table"] = new("dynamodb", ["CreateTable", "UpdateTable", "DeleteTable"], "TableName", "arn:aws:dynamodb:{R}:{A}:table/{N}"),
        ["AWS::DynamoDB::GlobalTable"] = new("dynamodb", ["CreateTable", "UpdateTable", "DeleteTable"], "TableName", "arn:aws:dynamodb:{R}:{A}:table/{N}"),
        ["AWS::Lambda::Function"] = new("lambda", ["CreateFunction", "UpdateFunctionConfiguration", "DeleteFunction"], "FunctionName", "arn:aws:lambda:{R}:{A}:function:{N}"),
        ["AWS::Lambda::Permission"] = new("lambda", ["AddPermission", "AddPermission", "RemovePermission"]),
        ["AWS::IAM::Role"] = new("iam", ["CreateRole", "UpdateRole", "DeleteRole"], "RoleName", "arn:aws:iam::{A}:role/{N}"),
        ["AWS::IAM::User"] = new("iam", ["CreateUser", "UpdateUser", "DeleteUser"], "UserName", "arn:aws:iam::{A}:user/{N}"),
        ["AWS::IAM::Policy"] = new("iam", ["PutRolePolicy", "PutRolePolicy", "DeleteRolePolicy"]),
        ["AWS::IAM::ManagedPolicy"] = new("iam", ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy"], "ManagedPolicyName", "arn:aws:iam::{A}:policy/{N}"),
        ["AWS::IAM::Group"] = new("iam", ["CreateGroup", "UpdateGroup", "DeleteGroup"], "GroupName", "arn:aws:iam::{A}:group/{N}"),
        ["AWS::IAM::RolePolicy"] = new("iam", ["PutRolePolicy", "PutRolePolicy", "DeleteRolePolicy"], "RoleName", "arn:aws:iam::{A}:role/{N}"),
        ["AWS::IAM::UserPolicy"] = new("iam", ["PutUserPolicy", "PutUserPolicy", "DeleteUserPolicy"], "UserName", "arn:aws:iam::{A}:user/{N}"),
        ["AWS::IAM::GroupPolicy"] = new("iam", ["PutGroupPolicy", "PutGroupPolicy", "DeleteGroupPolicy"], "GroupName", "arn:aws:iam::{A}:group/{N}"),
        ["AWS::IAM::UserToGroupAddition"] = new("iam", ["AddUserToGroup", "AddUserToGroup", "RemoveUserFromGroup"], "GroupName", "arn:aws:iam::{A}:group/{N}"),
        ["AWS::IAM::OIDCProvider"] = new("iam", ["CreateOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint", "DeleteOpenIDConnectProvider"]),
        ["AWS::IAM::AccessKey"] = new("iam", ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"], "UserName", "arn:aws:iam::{A}:user/{N}"),
        ["AWS::Cognito::IdentityPool"] = new("cognito-identity", ["CreateIdentityPool", "UpdateIdentityPool", "DeleteIdentityPool"], Existing: "arn:aws:cognito-identity:{R}:{A}:identitypool/{N}"),
        ["AWS::Cognito::UserPool"] = new("cognito-idp", ["CreateUserPool", "UpdateUserPool", "DeleteUserPool"], Existing: "arn:aws:cognito-idp:{R}:{A}:userpool/{N}"),
        ["AWS::ApiGatewayV2::Api"] = new("apigateway", ["POST", "PATCH", "DELETE"], Resource: "arn:aws:apigateway:{R}::/apis", Existing: "arn:aws:apigateway:{R}::/apis/{N}"),
        ["AWS::CloudFront::Distribution"] = new("cloudfront", ["CreateDistribution", "UpdateDistribution", "DeleteDistribution"], Existing: "arn:aws:cloudfront::{A}:distribution/{N}"),
        ["AWS::Cognito::IdentityPoolRoleAttachment"] = new("cognito-identity", ["SetIdentityPoolRoles", "SetIdentityPoolRoles", "SetIdentityPoolRoles"]),
        ["AWS::Cognito::IdentityPoolPrincipalTag"] = new("cognito-identity", ["SetPrincipalTagAttributeMap", "SetPrincipalTagAttributeMap", "SetPrincipalTagAttributeMap"]),
        ["AWS::S3::Bucket"] = new("s3", ["CreateBucket", "CreateBucket", "DeleteBucket"], "BucketName", "arn:aws:s3:::{N}"),
        ["AWS::S3::BucketPolicy"] = new("s3", ["PutBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"], "Bucket", "arn:aws:s3:::{N}"),
        ["AWS::Logs::LogGroup"] = new("logs", ["CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup"], "LogGroupName", "arn:aws:logs:{R}:{A}:log-group:{N}"),
        ["AWS::Cognito::UserPoolGroup"] = new("cognito-idp", ["CreateGroup", "UpdateGroup", "DeleteGroup"]),
        ["AWS::Cognito::UserPoolUser"] = new("cognito-idp", ["AdminCreateUser", "AdminUpdateUserAttributes", "AdminDeleteUser"]),
        ["AWS::CDK::Metadata"] = new("", []),
        ["AWS::CloudFormation::Stack"] = new("cloudformation", ["CreateStack", "UpdateStack", "DeleteStack"]),
        [CustomResource.Long] = new("lambda", ["InvokeFunction", "InvokeFunction", "InvokeFunction"], "ServiceToken", "{N}"),
        ["AWS::KMS::Key"] = new("kms", ["CreateKey", "PutKeyPolicy", "ScheduleKeyDeletion"], Existing: "arn:aws:kms:{R}:{A}:key/{N}"),
        ["AWS::KMS::Alias"] = new("kms", ["CreateAlias", "UpdateAlias", "DeleteAlias"], "AliasName", "arn:aws:kms:{R}:{A}:{N}"),
        ["AWS::SQS::Queue"] = new("sqs", ["CreateQueue", "SetQueueAttributes", "DeleteQueue"], "QueueName", "arn:aws:sqs:{R}:{A}:{N}"),
        ["AWS::SQS::QueuePolicy"] = new("", []), // asks for each of its queues
        ["AWS::SSM::Parameter"] = new("ssm", ["PutParameter", "PutParameter", "DeleteParameter"]),
    };

    /// <summary>What ImportTable does not take, and UpdateTable gives the table afterwards (which on AWS, too, needs that right).</summary>
    private static readonly string[] AfterImport = ["StreamSpecification", "TableClass", "DeletionProtectionEnabled", "WarmThroughput"];

    public string Type => handler.Type;

    public IReadOnlySet<string> ReplaceOn => handler.ReplaceOn;

    public bool Replaces(string property, JsonNode? before, JsonNode? after) => handler.Replaces(property, before, after);

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        await Require(0, request, request.Name, call);
        request = await Resolved(request, call);
        await RequireRights(request.Properties, call);
        return await handler.Create(request, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        await Require(1, request, request.PhysicalId, call);
        request = await Resolved(request, call);
        await RequireRights(request.Properties, call);
        return await handler.Update(request, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await Require(2, request, request.PhysicalId, call);
        await handler.Delete(request, call);
    }

    private async ValueTask<ResourceRequest> Resolved(ResourceRequest request, Call call)
        => request with { Properties = await DynamicReferences.Resolve(request.Properties, parameters, call) };

    private async ValueTask Require(int verb, ResourceRequest request, string physicalName, Call call)
    {
        var needs = Known.GetValueOrDefault(Type) ?? ByConvention();
        if (needs.Actions.Length == 0) return;
        var name = Scalars.Text(request.Properties[needs.NameProperty]) ?? physicalName;
        var action = needs.Actions[verb] == "CreateTable" && request.Properties["ImportSourceSpecification"] is not null ? "ImportTable" : needs.Actions[verb];
        if (needs.Service == "sqs") name = name[(name.LastIndexOf('/') + 1)..]; // a queue's physical id is its URL
        var resource = (verb > 0 && needs.Existing is { } existing ? existing : needs.Resource).Replace("{R}", call.Region, StringComparison.Ordinal).Replace("{A}", call.Account, StringComparison.Ordinal).Replace("{N}", name, StringComparison.Ordinal);
        await RequireAction($"{needs.Service}:{action}", resource, call, tags: verb < 2 ? request.Properties : null);
        if (action == "ImportTable" && AfterImport.Any(name => request.Properties[name] is not null)) await RequireAction("dynamodb:UpdateTable", resource, call);
    }

    /// <summary>What would otherwise raise the caller's rights: passing a role, giving a role policies.</summary>
    private async ValueTask RequireRights(JsonObject properties, Call call)
    {
        if (Type == "AWS::Lambda::Function" && Scalars.Text(properties["Role"]) is { } role) await RequireAction("iam:PassRole", role, call, "lambda.amazonaws.com");
        if (Type == "AWS::Cognito::IdentityPoolRoleAttachment")
            foreach (var (_, passed) in properties["Roles"] as JsonObject ?? []) await RequireAction("iam:PassRole", Scalars.Text(passed) ?? "*", call, "cognito-identity.amazonaws.com");
        if (Type != "AWS::IAM::Role") return;
        if (properties["Policies"] is JsonArray { Count: > 0 }) await RequireAction("iam:PutRolePolicy", "*", call);
        if (properties["ManagedPolicyArns"] is JsonArray { Count: > 0 }) await RequireAction("iam:AttachRolePolicy", "*", call);
    }

    private async ValueTask RequireAction(string action, string resource, Call call, string? passedTo = null, JsonObject? tags = null)
    {
        if (await authorization.Allows(call, action, resource, passedTo, tags)) return;
        throw new AwsError("AccessDenied", $"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action", 403);
    }

    private Needs ByConvention()
    {
        var (service, name) = Type.Split("::") is [_, var middle, var last] ? (middle, last) : ("", Type);
        return service switch
        {
            "ApiGatewayV2" => new Needs("apigateway", ["POST", "PATCH", "DELETE"], Resource: "arn:aws:apigateway:{R}::/apis"),
            "Cognito" => new Needs("cognito-idp", ["Create" + name, "Update" + name, "Delete" + name]),
            _ => new Needs(service.ToLowerInvariant(), ["Create" + name, "Update" + name, "Delete" + name]),
        };
    }
}

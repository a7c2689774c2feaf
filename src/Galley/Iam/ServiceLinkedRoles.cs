using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Roles that belong to an AWS service: tools make them before they use the service. Nobody but the service changes them.</summary>
internal sealed class ServiceLinkedRoles(Identities identities)
{
    public const string Path = "/aws-service-role/";

    /// <summary>Those of the services that a serverless app touches, by AWS's names.</summary>
    private static readonly Dictionary<string, string> Names = new()
    {
        ["ops.apigateway.amazonaws.com"] = "AWSServiceRoleForAPIGateway",
        ["replication.dynamodb.amazonaws.com"] = "AWSServiceRoleForDynamoDBReplication",
        ["dynamodb.application-autoscaling.amazonaws.com"] = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        ["lambda.application-autoscaling.amazonaws.com"] = "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
        ["replicator.lambda.amazonaws.com"] = "AWSServiceRoleForLambdaReplicator",
        ["logger.cloudfront.amazonaws.com"] = "AWSServiceRoleForCloudFrontLogger",
        ["email.cognito-idp.amazonaws.com"] = "AWSServiceRoleForAmazonCognitoIdpEmailService",
        ["cognito-idp.amazonaws.com"] = "AWSServiceRoleForAmazonCognitoIdp",
        ["member.org.stacksets.cloudformation.amazonaws.com"] = "AWSServiceRoleForCloudFormationStackSetsOrgMember",
    };

    public async ValueTask<RoleResponse> CreateServiceLinkedRole(CreateServiceLinkedRoleRequest request, Call call)
    {
        if (!Names.TryGetValue(request.AWSServiceName, out var name)) throw Errors.InvalidInput($"Galley knows no service-linked role of {request.AWSServiceName}.");
        if (request.CustomSuffix is not null) throw Errors.InvalidInput("Custom suffix is not allowed for " + request.AWSServiceName);
        var draft = identities.Draft(call, IdentityKind.Role, name, $"{Path}{request.AWSServiceName}/", null, null) with
        {
            Trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"{{request.AWSServiceName}}"},"Action":"sts:AssumeRole"}]}""",
            Description = request.Description,
        };
        return new(Roles.Show(await identities.Store.Write(async tx =>
        {
            if (await Identities.Find(tx, call.Account, IdentityKind.Role, name) is not null)
                throw Errors.InvalidInput($"Service role name {name} has been taken in this account, please try a different suffix.");
            Identities.Put(tx, call, draft);
            return draft;
        })));
    }

    /// <summary>Done when it answers: no service holds on to the role here.</summary>
    public async ValueTask<DeleteServiceLinkedRoleResponse> DeleteServiceLinkedRole(RoleRequest request, Call call)
    {
        var task = await identities.Store.Write(async tx =>
        {
            var role = await Identities.Get(tx, call, IdentityKind.Role, request.RoleName);
            if (!role.Path.StartsWith(Path, StringComparison.Ordinal)) throw Errors.InvalidInput($"Role {role.Name} is not a service-linked role.");
            tx.Delete(Keys.Identity(call.Account, IdentityKind.Role, role.Name));
            return $"task{role.Path}{role.Name}/{identities.NewId("")}";
        });
        return new(task);
    }

    public ValueTask<DeletionTaskResponse> GetServiceLinkedRoleDeletionStatus(DeletionTaskRequest request, Call call)
        => request.DeletionTaskId.StartsWith("task" + Path, StringComparison.Ordinal)
            ? new(new DeletionTaskResponse("SUCCEEDED"))
            : throw Errors.NoSuchEntity($"Deletion task {request.DeletionTaskId} cannot be found.");
}

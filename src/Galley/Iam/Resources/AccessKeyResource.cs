using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::AccessKey: Ref is the id; SecretAccessKey.</summary>
internal sealed class AccessKeyResource(AccessKeys keys, Authorization authorization) : IResourceHandler
{
    public string Type => "AWS::IAM::AccessKey";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "UserName", "Serial" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = request.Properties.Only(Type, "UserName", "Status", "Serial");
        var user = properties.Needed(Type, "UserName");
        await authorization.Require(call, "iam:CreateAccessKey", Identities.Arn(call, IdentityKind.User, "/", user));
        var key = (await keys.CreateAccessKey(new(user), call)).AccessKey;
        request.Exists(key.AccessKeyId);
        if (properties.Text("Status") is { } status) await keys.UpdateAccessKey(new(key.AccessKeyId, status, user), call);
        return Properties.Resource(key.AccessKeyId, ("SecretAccessKey", key.SecretAccessKey));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = request.Properties.Only(Type, "UserName", "Status", "Serial");
        var user = properties.Needed(Type, "UserName");
        await authorization.Require(call, "iam:UpdateAccessKey", Identities.Arn(call, IdentityKind.User, "/", user));
        await keys.UpdateAccessKey(new(request.PhysicalId, properties.Text("Status") ?? "Active", user), call);
        return Properties.Resource(request.PhysicalId, ("SecretAccessKey", await keys.Secret(request.PhysicalId, user, call)));
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (request.Properties.Text("UserName") is not { } user) return;
        await authorization.Require(call, "iam:DeleteAccessKey", Identities.Arn(call, IdentityKind.User, "/", user));
        try
        {
            await keys.DeleteAccessKey(new(request.PhysicalId, user), call);
        }
        catch (AwsError e) when (e.Code == "NoSuchEntity")
        {
            // gone already
        }
    }
}

using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::ManagedPolicy: Ref is the ARN. A changed document becomes a new version, the oldest makes room.</summary>
internal sealed class ManagedPolicyResource(Policies policies, Attachments attachments, Authorization authorization) : IResourceHandler
{
    private const int MostVersions = 5;

    public string Type => "AWS::IAM::ManagedPolicy";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ManagedPolicyName", "Path", "Description" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        await authorization.Require(call, "iam:CreatePolicy", "*");
        var made = await policies.CreatePolicy(new(properties.Text("ManagedPolicyName") ?? request.Name, Document(properties), properties.Text("Path"), properties.Text("Description")), call);
        request.Exists(made.Policy.Arn);
        await Attach(made.Policy.Arn, [], properties, call);
        return Show(made.Policy);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        var arn = request.PhysicalId;
        if (Document(properties) != Document(request.OldProperties))
        {
            await authorization.Require(call, "iam:CreatePolicyVersion", arn);
            var versions = (await policies.ListPolicyVersions(new(arn), call)).Versions;
            if (versions.Count >= MostVersions && versions.Where(version => !version.IsDefaultVersion).MinBy(version => int.Parse(version.VersionId.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)) is { } oldest)
                await policies.DeletePolicyVersion(new(arn, oldest.VersionId), call);
            await policies.CreatePolicyVersion(new(arn, Document(properties), SetAsDefault: true), call);
        }

        await Attach(arn, request.OldProperties, properties, call);
        return Show((await policies.GetPolicy(new(arn), call)).Policy);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await authorization.Require(call, "iam:DeletePolicy", request.PhysicalId);
        try
        {
            await Attach(request.PhysicalId, request.Properties, [], call);
            foreach (var version in (await policies.ListPolicyVersions(new(request.PhysicalId), call)).Versions.Where(version => !version.IsDefaultVersion))
                await policies.DeletePolicyVersion(new(request.PhysicalId, version.VersionId), call);
            await policies.DeletePolicy(new(request.PhysicalId), call);
        }
        catch (AwsError e) when (e.Code == "NoSuchEntity")
        {
            // gone already
        }
    }

    private JsonObject Read(ResourceRequest request)
        => request.Properties.Only(Type, "Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users");

    private string Document(JsonObject properties) => properties.Document("PolicyDocument") ?? throw Errors.Validation($"Property PolicyDocument of {Type} cannot be empty.");

    private async ValueTask Attach(string arn, JsonObject old, JsonObject now, Call call)
    {
        foreach (var (list, kind) in ((string, IdentityKind)[])[("Roles", IdentityKind.Role), ("Users", IdentityKind.User), ("Groups", IdentityKind.Group)])
        {
            var (before, after) = (old.Texts(list), now.Texts(list));
            foreach (var name in before.Except(after))
                try
                {
                    await authorization.Require(call, $"iam:Detach{kind}Policy", Identities.Arn(call, kind, "/", name));
                    await attachments.Detach(call, kind, name, arn);
                }
                catch (AwsError e) when (e.Code == "NoSuchEntity")
                {
                    // its owner is gone already
                }

            foreach (var name in after.Except(before))
            {
                await authorization.Require(call, $"iam:Attach{kind}Policy", Identities.Arn(call, kind, "/", name));
                await attachments.Attach(call, kind, name, arn);
            }
        }
    }

    private static Resource Show(Policy policy)
        => Properties.Resource(policy.Arn, ("PolicyArn", policy.Arn), ("PolicyId", policy.PolicyId), ("DefaultVersionId", policy.DefaultVersionId), ("IsAttachable", "true"));
}

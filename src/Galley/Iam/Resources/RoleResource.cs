using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::Role: Ref is the name; Arn and RoleId.</summary>
internal sealed class RoleResource(IdentityResources owners) : IResourceHandler
{
    public string Type => "AWS::IAM::Role";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "RoleName", "Path" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        return Show(await owners.Create(IdentityKind.Role, properties.Text("RoleName") ?? Properties.Short(request.Name), properties, call, role => With(role, properties)));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        return Show(await owners.Update(IdentityKind.Role, request, call, role => With(role, properties)));
    }

    public ValueTask Delete(ResourceRequest request, Call call) => owners.Delete(IdentityKind.Role, request, call);

    private JsonObject Read(ResourceRequest request)
    {
        var properties = request.Properties.Only(Type, "AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Path", "PermissionsBoundary", "Policies", "RoleName", "Tags");
        Identities.CheckTrust(properties.Document("AssumeRolePolicyDocument") ?? throw Errors.Validation($"Property AssumeRolePolicyDocument of {Type} cannot be empty."));
        if (properties.Number("MaxSessionDuration") is < 3600 or > 43_200)
            throw Errors.Validation("MaxSessionDuration must be between 3600 and 43200.");
        return properties;
    }

    private static Identity With(Identity role, JsonObject properties) => role with
    {
        Trust = properties.Document("AssumeRolePolicyDocument")!,
        Description = properties.Text("Description"),
        MaxSessionDuration = properties.Number("MaxSessionDuration") ?? 3600,
    };

    private static Resource Show(Identity role) => Properties.Resource(role.Name, ("Arn", role.Arn), ("RoleId", role.Id));
}

using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>Roles, users, groups and policies of the account's own as the AWS::IAM types. Keys and passwords are no part of it.</summary>
internal sealed class IdentityScan(Identities identities)
{
    public IEnumerable<ResourceScanner> Scanners =>
    [
        new("AWS::IAM::ManagedPolicy", "iam:GetPolicyVersion", Policies),
        new("AWS::IAM::OIDCProvider", "iam:GetOpenIDConnectProvider", async call => [.. (await identities.Store.Read(tx => tx.List(Keys.OidcProviders(call.Account), IamStoreJson.Default.StoredOidcProvider))).Select(provider =>
        {
            var said = new JsonObject { ["Url"] = "https://" + provider.Url };
            foreach (var (name, list) in (ReadOnlySpan<(string, IReadOnlyList<string>)>)[("ClientIdList", provider.ClientIds), ("ThumbprintList", provider.Thumbprints)])
                if (list.Count > 0) said[name] = new JsonArray([.. list.Select(one => JsonValue.Create(one))]);
            if (provider.Tags.Count > 0) said["Tags"] = Described.Tags(provider.Tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value)));
            return new ScannedResource(provider.Arn(call.Account), said) { Identifier = Described.Of(("Arn", provider.Arn(call.Account))), Attributes = Described.Of(("Arn", provider.Arn(call.Account))), Label = provider.Url + " Provider" };
        })]),
        .. Enum.GetValues<IdentityKind>().Select(kind => new ResourceScanner("AWS::IAM::" + kind, "iam:Get" + kind, async call =>
            [.. (await identities.Store.Read(tx => identities.All(tx, call, kind))).Where(identity => !identity.Path.StartsWith("/aws-service-role/", StringComparison.Ordinal) && identity.Path != ConsoleRole.Path).Select(Read)])),
    ];

    private static ScannedResource Read(Identity identity)
    {
        var (name, said) = (identity.Kind + "Name", new JsonObject());
        said[name] = identity.Name;
        if (identity.Path != "/") said["Path"] = identity.Path;
        if (identity.Kind == IdentityKind.Role)
        {
            said["AssumeRolePolicyDocument"] = JsonNode.Parse(identity.Trust);
            if (identity.Description is { Length: > 0 } description) said["Description"] = description;
            if (identity.MaxSessionDuration is not (0 or 3600)) said["MaxSessionDuration"] = identity.MaxSessionDuration;
        }

        if (identity.Attached.Count > 0) said["ManagedPolicyArns"] = new JsonArray([.. identity.Attached.Select(arn => JsonValue.Create(arn))]);
        if (identity.Inline.Count > 0) said["Policies"] = new JsonArray([.. identity.Inline.Select(policy => (JsonNode)new JsonObject { ["PolicyName"] = policy.Key, ["PolicyDocument"] = JsonNode.Parse(policy.Value) })]);
        if (identity.Boundary is { } boundary) said["PermissionsBoundary"] = boundary;
        if (identity.Groups.Count > 0) said["Groups"] = new JsonArray([.. identity.Groups.Select(group => JsonValue.Create(group))]);
        if (identity.Tags.Count > 0 && identity.Kind != IdentityKind.Group) said["Tags"] = Described.Tags(identity.Tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value)));
        var attributes = Described.Of(("Arn", identity.Arn));
        if (identity.Kind == IdentityKind.Role) attributes["RoleId"] = identity.Id;
        return new ScannedResource(identity.Name, said) { Identifier = Described.Of((name, identity.Name)), Attributes = attributes, Label = $"{identity.Name} {identity.Kind}" };
    }

    private async ValueTask<IReadOnlyList<ScannedResource>> Policies(Call call) => [.. (await identities.Store.Read(tx => tx.List(Keys.Policies(call.Account), IamStoreJson.Default.ManagedPolicy))).Select(policy =>
    {
        var said = new JsonObject { ["ManagedPolicyName"] = policy.Name, ["PolicyDocument"] = JsonNode.Parse(policy.Document) };
        if (policy.Path != "/") said["Path"] = policy.Path;
        if (policy.Description is { Length: > 0 } description) said["Description"] = description;
        return new ScannedResource(policy.Arn, said) { Identifier = Described.Of(("PolicyArn", policy.Arn)), Attributes = Described.Of(("PolicyArn", policy.Arn)), Label = policy.Name + " Policy" };
    })];
}

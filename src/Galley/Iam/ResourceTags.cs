using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The tags of IAM's own resources by ARN, for `aws:ResourceTag/…` and `iam:ResourceTag/…`.</summary>
internal sealed class ResourceTags(Installation installation)
{
    public async ValueTask<IReadOnlyDictionary<string, string>?> Of(string resource, Call call)
    {
        if (!Arn.TryParse(resource, out var arn) || arn.Resource.Split('/') is not [var type, .., var name]) return null;
        var tags = await installation.Store.Read(async tx => type switch
        {
            "user" => (await Identities.Find(tx, call.Account, IdentityKind.User, name))?.Tags,
            "role" => (await Identities.Find(tx, call.Account, IdentityKind.Role, name))?.Tags,
            "policy" => (await tx.Get(Keys.Policy(call.Account, name), IamStoreJson.Default.ManagedPolicy))?.Tags,
            "oidc-provider" => (await tx.Get(Keys.OidcProvider(call.Account, arn.Resource["oidc-provider/".Length..]), IamStoreJson.Default.StoredOidcProvider))?.Tags,
            _ => null,
        });
        return tags?.ToDictionary(tag => tag.Key, tag => tag.Value);
    }
}

using Galley.Iam.Federation;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::OIDCProvider: Ref is the ARN; Arn.</summary>
internal sealed class OidcProviderResource(OidcProviders providers, Authorization authorization) : IResourceHandler
{
    public string Type => "AWS::IAM::OIDCProvider";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Url" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = request.Properties.Only(Type, "ClientIdList", "Tags", "ThumbprintList", "Url");
        await authorization.Require(call, "iam:CreateOpenIDConnectProvider", "*");
        var made = await providers.CreateOpenIDConnectProvider(new(properties.Needed(Type, "Url"), properties.Texts("ClientIdList"), properties.Texts("ThumbprintList"), properties.Tags()), call);
        return Properties.Resource(made.OpenIDConnectProviderArn, ("Arn", made.OpenIDConnectProviderArn));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var (arn, properties, old) = (request.PhysicalId, request.Properties.Only(Type, "ClientIdList", "Tags", "ThumbprintList", "Url"), request.OldProperties);
        await authorization.Require(call, "iam:UpdateOpenIDConnectProviderThumbprint", arn);
        await providers.UpdateOpenIDConnectProviderThumbprint(new(arn, properties.Texts("ThumbprintList")), call);
        foreach (var id in properties.Texts("ClientIdList").Except(old.Texts("ClientIdList"))) await providers.AddClientIDToOpenIDConnectProvider(new(arn, id), call);
        foreach (var id in old.Texts("ClientIdList").Except(properties.Texts("ClientIdList"))) await providers.RemoveClientIDFromOpenIDConnectProvider(new(arn, id), call);
        await providers.UntagOpenIDConnectProvider(new(arn, [.. old.Tags().Select(tag => tag.Key)]), call);
        await providers.TagOpenIDConnectProvider(new(arn, properties.Tags()), call);
        return Properties.Resource(arn, ("Arn", arn));
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await authorization.Require(call, "iam:DeleteOpenIDConnectProvider", request.PhysicalId);
        try
        {
            await providers.DeleteOpenIDConnectProvider(new(request.PhysicalId), call);
        }
        catch (AwsError e) when (e.Code == "NoSuchEntity")
        {
            // gone already
        }
    }
}

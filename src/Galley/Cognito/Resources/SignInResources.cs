using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>`AWS::Cognito::UserPoolIdentityProvider`; its name is its physical id.</summary>
internal sealed class UserPoolIdentityProviderResource(IdentityProviders providers) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolIdentityProvider";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ProviderName", "ProviderType", "UserPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Made(await providers.CreateIdentityProvider(request.Read(CognitoJson.Default.CreateIdentityProviderRequest), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Made(await providers.UpdateIdentityProvider(request.Read(CognitoJson.Default.UpdateIdentityProviderRequest, properties => properties.Remove("ProviderType")), call));

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(() => providers.DeleteIdentityProvider(new OnProviderRequest { UserPoolId = request.Pool(), ProviderName = request.PhysicalId }, call));

    private static Resource Made(IdentityProviderResponse made) => new(made.IdentityProvider.ProviderName, new Dictionary<string, string>());
}

/// <summary>`AWS::Cognito::UserPoolUICustomizationAttachment`; taken away, the pages look as they did.</summary>
internal sealed class UserPoolUICustomizationAttachmentResource(UiCustomizations looks) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolUICustomizationAttachment";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ClientId", "UserPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(CognitoJson.Default.SetUICustomizationRequest);
        await looks.SetUICustomization(wanted, call);
        return new Resource($"{wanted.UserPoolId}|{wanted.ClientId}", new Dictionary<string, string>());
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Create(request, call);

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(async () =>
        {
            var cut = request.PhysicalId.Split('|');
            if (cut.Length == 2) await looks.Remove(call, cut[0], cut[1]);
            return Empty.Value;
        });
}

/// <summary>`AWS::Cognito::UserPoolUserToGroupAttachment`.</summary>
internal sealed class UserPoolUserToGroupAttachmentResource(Groups groups) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolUserToGroupAttachment";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "GroupName", "Username", "UserPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(CognitoJson.Default.MembershipRequest);
        await groups.AdminAddUserToGroup(wanted, call);
        return new Resource($"{wanted.UserPoolId}|{wanted.GroupName}|{wanted.Username}", new Dictionary<string, string>());
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Create(request, call);

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(async () =>
        {
            var cut = request.PhysicalId.Split('|');
            return cut.Length == 3 ? await groups.AdminRemoveUserFromGroup(new MembershipRequest { UserPoolId = cut[0], GroupName = cut[1], Username = cut[2] }, call) : Empty.Value;
        });
}

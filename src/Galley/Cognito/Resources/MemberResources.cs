using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>`AWS::Cognito::UserPoolGroup`.</summary>
internal sealed class UserPoolGroupResource(Groups groups) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolGroup";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "GroupName", "UserPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Made(await groups.CreateGroup(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Made(await groups.UpdateGroup(Read(request) with { GroupName = request.PhysicalId }, call));

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(() => groups.DeleteGroup(new OnGroupRequest { UserPoolId = request.Pool(), GroupName = request.PhysicalId }, call));

    private GroupRequest Read(ResourceRequest request) => request.Read(CognitoJson.Default.GroupRequest, properties => properties["GroupName"] ??= request.Name);

    private static Resource Made(GroupResponse made) => new(made.Group.GroupName, new Dictionary<string, string>());
}

/// <summary>`AWS::Cognito::UserPoolUser`: made as AdminCreateUser makes one; any change is a new user.</summary>
internal sealed class UserPoolUserResource(AdminUsers users) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolUser";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "UserPoolId", "Username", "UserAttributes", "ValidationData", "ForceAliasCreation", "MessageAction", "DesiredDeliveryMediums", "ClientMetadata" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => new((await users.AdminCreateUser(request.Read(CognitoJson.Default.AdminCreateUserRequest, properties => properties["Username"] ??= request.Name), call)).User.Username, new Dictionary<string, string>());

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => new(new Resource(request.PhysicalId, new Dictionary<string, string>()));

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(() => users.AdminDeleteUser(new OnUserRequest { UserPoolId = request.Pool(), Username = request.PhysicalId }, call));
}

/// <summary>`AWS::Cognito::UserPoolResourceServer`.</summary>
internal sealed class UserPoolResourceServerResource(ResourceServers servers) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolResourceServer";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Identifier", "UserPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Made(await servers.CreateResourceServer(request.Read(CognitoJson.Default.ResourceServer), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Made(await servers.UpdateResourceServer(request.Read(CognitoJson.Default.ResourceServer), call));

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(() => servers.DeleteResourceServer(new OnResourceServerRequest { UserPoolId = request.Pool(), Identifier = request.PhysicalId }, call));

    private static Resource Made(ResourceServerResponse made) => new(made.ResourceServer.Identifier, new Dictionary<string, string>());
}

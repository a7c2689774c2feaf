using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>`AWS::Cognito::UserPoolClient`.</summary>
internal sealed class UserPoolClientResource(Clients clients) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolClient";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "UserPoolId", "GenerateSecret" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => Made(await clients.CreateUserPoolClient(request.Read(CognitoJson.Default.CreateUserPoolClientRequest, properties => properties["ClientName"] ??= request.Name), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Made(await clients.UpdateUserPoolClient(request.Read(CognitoJson.Default.UpdateUserPoolClientRequest, properties =>
        {
            properties.Remove("GenerateSecret");
            properties["ClientId"] = request.PhysicalId;
        }), call));

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(() => clients.DeleteUserPoolClient(new OnClientRequest { UserPoolId = request.Pool(), ClientId = request.PhysicalId }, call));

    private static Resource Made(UserPoolClientResponse made)
    {
        var client = made.UserPoolClient;
        var attributes = new Dictionary<string, string> { ["ClientId"] = client.ClientId, ["Name"] = client.ClientName };
        if (client.ClientSecret is { } secret) attributes["ClientSecret"] = secret;
        return new Resource(client.ClientId, attributes);
    }
}

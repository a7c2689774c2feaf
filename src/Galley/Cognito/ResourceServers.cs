using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Resource servers: an API's identifier and its custom scopes, `identifier/scope`.</summary>
internal sealed class ResourceServers(Installation installation)
{
    public ValueTask<ResourceServerResponse> CreateResourceServer(ResourceServer request, Call call) => installation.Store.Write(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        if (await tx.Get(Keys.ResourceServer(pool.Ref, request.Identifier)) is not null)
            throw Errors.Parameter($"{request.Identifier} already exists in user pool {pool.Id}.");
        return Put(tx, pool, request);
    });

    public ValueTask<ResourceServerResponse> DescribeResourceServer(OnResourceServerRequest request, Call call) => installation.Store.Read(async tx =>
        new ResourceServerResponse { ResourceServer = await Get(tx, await UserPools.Get(tx, call, request.UserPoolId), request.Identifier) });

    public ValueTask<ResourceServerResponse> UpdateResourceServer(ResourceServer request, Call call) => installation.Store.Write(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        await Get(tx, pool, request.Identifier);
        return Put(tx, pool, request);
    });

    public async ValueTask<Empty> DeleteResourceServer(OnResourceServerRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await Get(tx, pool, request.Identifier);
            tx.Delete(Keys.ResourceServer(pool.Ref, request.Identifier));
        });
        return Empty.Value;
    }

    public ValueTask<ListResourceServersResponse> ListResourceServers(ListResourceServersRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var page = await Page.Read(tx, Keys.ResourceServers(pool.Ref), CognitoJson.Default.ResourceServer, request.MaxResults, request.NextToken);
        return new ListResourceServersResponse { ResourceServers = page.Items, NextToken = page.Next };
    });

    private static async ValueTask<ResourceServer> Get(ISnapshot tx, UserPool pool, string identifier)
        => await tx.Get(Keys.ResourceServer(pool.Ref, identifier), CognitoJson.Default.ResourceServer) ?? throw Errors.NotFound($"Resource server {identifier} does not exist.");

    private static ResourceServerResponse Put(ITransaction tx, UserPool pool, ResourceServer server)
    {
        if (server.Identifier.Length is 0 or > 256) throw Errors.Constraint(server.Identifier, "identifier", "Member must have length less than or equal to 256");
        var kept = server with { UserPoolId = pool.Id, Scopes = server.Scopes ?? [] };
        tx.Put(Keys.ResourceServer(pool.Ref, kept.Identifier), kept, CognitoJson.Default.ResourceServer);
        return new ResourceServerResponse { ResourceServer = kept };
    }
}

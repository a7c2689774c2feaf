using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Wire;
using J = Galley.Cognito.CognitoJson;

namespace Galley.Cognito;

/// <summary>Cognito user pools: the API, the tokens, and the sign-in pages.</summary>
internal sealed class CognitoService : IService
{
    private readonly Installation _installation;
    private readonly SigningKeys _signing;
    private readonly CognitoApi _api;

    public CognitoService(Installation installation, ISendMail mail)
    {
        _installation = installation;
        _signing = new SigningKeys(installation);
        _api = new CognitoApi(new Discovery(installation, _signing)) { InvalidParameterCode = "InvalidParameterException" };
        _ = mail;
        AddPools(_api, new UserPools(installation, _signing), new Clients(installation), new Domains(installation), new ResourceServers(installation));
    }

    public IEnumerable<AwsService> Apis => [_api];

    /// <summary>
    /// Public keys of the pool that an issuer names, in AWS's form or as `http://localhost:4566/&lt;pool&gt;` and its kin; null when it is not ours.
    /// </summary>
    public async ValueTask<IReadOnlyList<SigningKey>?> SigningKeys(string issuer)
    {
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var uri)) return null;
        var poolId = issuer[(issuer.LastIndexOf('/') + 1)..];
        var cut = poolId.IndexOf('_', StringComparison.Ordinal);
        if (cut <= 0) return null;
        var region = poolId[..cut];
        var ours = issuer == $"https://cognito-idp.{region}.amazonaws.com/{poolId}"
            || uri.Port == _installation.Port && uri.AbsolutePath == "/" + poolId && uri.Scheme is "http" or "https"
            && (uri.Host == $"cognito-idp.{region}.localhost" || uri.IsLoopback);
        return ours ? await _signing.Public(poolId) : null;
    }

    public ValueTask Reset()
    {
        _signing.Clear();
        return ValueTask.CompletedTask;
    }

    private static void AddPools(CognitoApi api, UserPools pools, Clients clients, Domains domains, ResourceServers servers)
    {
        api.Add(J.Default.CreateUserPoolRequest, J.Default.UserPoolResponse, pools.CreateUserPool);
        api.Add(J.Default.OnPoolRequest, J.Default.UserPoolResponse, pools.DescribeUserPool, Pool);
        api.Add(J.Default.UpdateUserPoolRequest, J.Default.Empty, pools.UpdateUserPool, Pool);
        api.Add(J.Default.OnPoolRequest, J.Default.Empty, pools.DeleteUserPool, Pool);
        api.Add(J.Default.ListUserPoolsRequest, J.Default.ListUserPoolsResponse, pools.ListUserPools);
        api.Add(J.Default.AddCustomAttributesRequest, J.Default.Empty, pools.AddCustomAttributes, Pool);
        api.Add(J.Default.OnPoolRequest, J.Default.MfaConfigResponse, pools.GetUserPoolMfaConfig, Pool);
        api.Add(J.Default.TagResourceRequest, J.Default.Empty, pools.TagResource, (request, _) => request.ResourceArn);
        api.Add(J.Default.UntagResourceRequest, J.Default.Empty, pools.UntagResource, (request, _) => request.ResourceArn);
        api.Add(J.Default.ListTagsForResourceRequest, J.Default.ListTagsForResourceResponse, pools.ListTagsForResource, (request, _) => request.ResourceArn);
        api.Add(J.Default.CreateUserPoolClientRequest, J.Default.UserPoolClientResponse, clients.CreateUserPoolClient, Pool);
        api.Add(J.Default.OnClientRequest, J.Default.UserPoolClientResponse, clients.DescribeUserPoolClient, Pool);
        api.Add(J.Default.UpdateUserPoolClientRequest, J.Default.UserPoolClientResponse, clients.UpdateUserPoolClient, Pool);
        api.Add(J.Default.OnClientRequest, J.Default.Empty, clients.DeleteUserPoolClient, Pool);
        api.Add(J.Default.ListUserPoolClientsRequest, J.Default.ListUserPoolClientsResponse, clients.ListUserPoolClients, Pool);
        api.Add(J.Default.CreateUserPoolDomainRequest, J.Default.CreateUserPoolDomainResponse, domains.CreateUserPoolDomain, Pool);
        api.Add(J.Default.DescribeUserPoolDomainRequest, J.Default.DescribeUserPoolDomainResponse, domains.DescribeUserPoolDomain);
        api.Add(J.Default.DeleteUserPoolDomainRequest, J.Default.Empty, domains.DeleteUserPoolDomain, Pool);
        api.Add(J.Default.ResourceServer, J.Default.ResourceServerResponse, servers.CreateResourceServer, Pool);
        api.Add(J.Default.OnResourceServerRequest, J.Default.ResourceServerResponse, servers.DescribeResourceServer, Pool);
        api.Add(J.Default.ResourceServer, J.Default.ResourceServerResponse, servers.UpdateResourceServer, Pool);
        api.Add(J.Default.OnResourceServerRequest, J.Default.Empty, servers.DeleteResourceServer, Pool);
        api.Add(J.Default.ListResourceServersRequest, J.Default.ListResourceServersResponse, servers.ListResourceServers, Pool);
    }

    private static string Pool<T>(T request, Call call) where T : IOnPool => call.Arn("cognito-idp", "userpool/" + request.UserPoolId);
}

using Galley.CognitoIdentity.Resources;
using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>Cognito identity pools: AWS keys for guests and signed-in users of an app, so that a browser calls AWS by itself.</summary>
internal sealed class CognitoIdentityService : IService
{
    private readonly IdentityApi _api = new() { InvalidParameterCode = "InvalidParameterException" };
    private readonly OpenIdTokens _tokens;

    public CognitoIdentityService(Installation installation, IReadLogins logins, ICheckUsers users, IAssumeIdentityRoles roles)
    {
        _tokens = new OpenIdTokens(installation);
        var pools = new IdentityPools(installation);
        var proofs = new Logins(logins, users, _tokens);
        var identities = new Identities(installation, pools, proofs);
        var poolRoles = new PoolRoles(pools);
        _api.TagsOf = pools.TagsOf;
        _api.Later(() =>
        {
            AddPools(_api, pools, poolRoles);
            AddIdentities(_api, identities, new Credentials(installation, pools, identities, proofs, _tokens, roles));
            AddDevelopers(_api, new DeveloperIdentities(installation, pools, identities, _tokens));
        });
        Scanners = new IdentityPoolScan(installation).Scanners;
        Resources = [new IdentityPoolResource(pools), new IdentityPoolRoleAttachmentResource(poolRoles), new IdentityPoolPrincipalTagResource(poolRoles)];
    }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <summary>The key that signs the pools' own tokens; null for another issuer.</summary>
    public async ValueTask<(string Kid, System.Security.Cryptography.RSAParameters Key)?> SigningKey(string issuer) => issuer == OpenIdTokens.Issuer ? await _tokens.Public() : null;

    public ValueTask Reset()
    {
        _tokens.Forget();
        return ValueTask.CompletedTask;
    }

    private static void AddPools(JsonService api, IdentityPools pools, PoolRoles roles)
    {
        api.Add<IdentityPoolDocument, IdentityPoolDocument>(pools.CreateIdentityPool);
        api.Add<IdentityPoolDocument, IdentityPoolDocument>(pools.UpdateIdentityPool, (r, call) => Pool(call, r.IdentityPoolId ?? "*"));
        api.Add<OnPoolRequest, IdentityPoolDocument>(pools.DescribeIdentityPool, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<ListIdentityPoolsRequest, ListIdentityPoolsResponse>(pools.ListIdentityPools);
        api.Add<OnPoolRequest, Empty>(pools.DeleteIdentityPool, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<SetIdentityPoolRolesRequest, Empty>(roles.SetIdentityPoolRoles, also: (r, _) => Passed(r));
        api.Add<OnPoolRequest, GetIdentityPoolRolesResponse>(roles.GetIdentityPoolRoles, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<PrincipalTagsRequest, PrincipalTagsResponse>(roles.SetPrincipalTagAttributeMap);
        api.Add<OnProviderRequest, PrincipalTagsResponse>(roles.GetPrincipalTagAttributeMap, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<TagResourceRequest, Empty>(pools.TagResource, (r, _) => r.ResourceArn);
        api.Add<UntagResourceRequest, Empty>(pools.UntagResource, (r, _) => r.ResourceArn);
        api.Add<OnArnRequest, TagsResponse>(pools.ListTagsForResource, (r, _) => r.ResourceArn);
    }

    private static void AddIdentities(JsonService api, Identities identities, Credentials credentials)
    {
        api.Add<GetIdRequest, IdentityIdResponse>(identities.GetId, unsigned: true);
        api.Add<GetCredentialsRequest, GetCredentialsResponse>(credentials.GetCredentialsForIdentity, unsigned: true);
        api.Add<WithLoginsRequest, TokenResponse>(credentials.GetOpenIdToken, unsigned: true);
        api.Add<UnlinkIdentityRequest, Empty>(identities.UnlinkIdentity, unsigned: true);
        api.Add<OnIdentityRequest, IdentityDescription>(identities.DescribeIdentity);
        api.Add<ListIdentitiesRequest, ListIdentitiesResponse>(identities.ListIdentities, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<DeleteIdentitiesRequest, DeleteIdentitiesResponse>(identities.DeleteIdentities);
    }

    private static void AddDevelopers(JsonService api, DeveloperIdentities developers)
    {
        api.Add<DeveloperTokenRequest, TokenResponse>(developers.GetOpenIdTokenForDeveloperIdentity, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<LookupDeveloperIdentityRequest, LookupDeveloperIdentityResponse>(developers.LookupDeveloperIdentity, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<MergeDeveloperIdentitiesRequest, IdentityIdResponse>(developers.MergeDeveloperIdentities, (r, call) => Pool(call, r.IdentityPoolId));
        api.Add<UnlinkDeveloperIdentityRequest, Empty>(developers.UnlinkDeveloperIdentity, (r, call) => Pool(call, r.IdentityPoolId));
    }

    private static IEnumerable<(string, string)> Passed(SetIdentityPoolRolesRequest request)
        => request.Roles.Values.Concat((request.RoleMappings ?? []).Values.SelectMany(mapping => mapping.RulesConfiguration?.Rules ?? []).Select(rule => rule.RoleARN)).Distinct().Select(arn => ("iam:PassRole", arn));

    private static string Pool(Call call, string id) => call.Arn("cognito-identity", "identitypool/" + id);
}

/// <summary>The wire. Browsers call the unsigned operations directly, so those answers may be read by any page.</summary>
internal sealed class IdentityApi() : JsonService("cognito-identity", Protocol.AwsJson11, () => IdentityJson.Default, "AWSCognitoIdentityService")
{
    public override void Finish(ApiRequest request, Reply reply)
    {
        var target = request.Target;
        if (target is null || request.Header("Authorization") is not null || !Operations.Any(operation => operation.Unsigned && target.EndsWith("." + operation.Name, StringComparison.Ordinal))) return;
        reply.With("Access-Control-Allow-Origin", "*").With("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
    }
}

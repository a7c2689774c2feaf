using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>Pools and what belongs to them as the AWS::Cognito types. People are no part of it: they are data.</summary>
internal sealed class PoolScan(Installation installation, Clients clients)
{
    private const string Prefix = "AWS::Cognito::", PoolType = Prefix + "UserPool";

    private static CognitoJson Json => CognitoJson.Default;

    public IEnumerable<ResourceScanner> Scanners =>
    [
        new(PoolType, "cognito-idp:DescribeUserPool", async call => [.. (await Pools(call)).Select(Pool)]),
        Of("UserPoolClient", "cognito-idp:DescribeUserPoolClient", (tx, pool) => tx.List(Keys.Clients(pool.Ref), Json.UserPoolClient), Client),
        Of("UserPoolDomain", "cognito-idp:DescribeUserPoolDomain", Domains, (domain, pool) => new ScannedResource(domain.Domain!, new JsonObject { ["UserPoolId"] = pool.Id, ["Domain"] = domain.Domain })
        {
            Identifier = Described.Of(("UserPoolId", pool.Id), ("Domain", domain.Domain!)),
            Label = domain.Domain!,
        }),
        Of("UserPoolGroup", "cognito-idp:GetGroup", (tx, pool) => tx.List(Keys.Groups(pool.Ref), Json.Group), (group, pool) => new ScannedResource(group.GroupName, Described.As(group, Json.Group, "UserPoolId", "GroupName", "Description", "RoleArn", "Precedence"))
        {
            Identifier = Described.Of(("UserPoolId", pool.Id), ("GroupName", group.GroupName)),
            Label = $"{pool.Name} {group.GroupName} Group",
        }),
        Of("UserPoolResourceServer", "cognito-idp:DescribeResourceServer", (tx, pool) => tx.List(Keys.ResourceServers(pool.Ref), Json.ResourceServer), (server, pool) => new ScannedResource(server.Identifier, Described.As(server, Json.ResourceServer, "UserPoolId", "Identifier", "Name", "Scopes"))
        {
            Identifier = Described.Of(("UserPoolId", pool.Id), ("Identifier", server.Identifier)),
            Label = $"{server.Name} Server",
        }),
        Of("UserPoolIdentityProvider", "cognito-idp:DescribeIdentityProvider", (tx, pool) => tx.List(Keys.IdentityProviders(pool.Ref), Json.IdentityProvider), (provider, pool) => new ScannedResource(provider.ProviderName, Described.As(provider, Json.IdentityProvider, "UserPoolId", "ProviderName", "ProviderType", "ProviderDetails", "AttributeMapping", "IdpIdentifiers"))
        {
            Identifier = Described.Of(("UserPoolId", pool.Id), ("ProviderName", provider.ProviderName)),
            Label = $"{provider.ProviderName} Provider",
            Secrets = provider.ProviderDetails.ContainsKey("client_secret") ? ["ProviderDetails.client_secret"] : [],
        }),
    ];

    private static ScannedResource Pool(UserPool pool)
    {
        var said = Described.As(pool, Json.UserPool,
            "AliasAttributes", "UsernameAttributes", "UsernameConfiguration", "AutoVerifiedAttributes", "Policies", "DeletionProtection", "LambdaConfig", "VerificationMessageTemplate",
            "EmailVerificationMessage", "EmailVerificationSubject", "SmsVerificationMessage", "UserAttributeUpdateSettings", "DeviceConfiguration", "EmailConfiguration", "SmsConfiguration", "UserPoolAddOns",
            "UserPoolTags", "AdminCreateUserConfig", "AccountRecoverySetting", "UserPoolTier");
        said["UserPoolName"] = pool.Name;
        // The older names of the same texts, and the older lifetime of invitations, which a request may not give twice.
        if (said["VerificationMessageTemplate"] is not null) foreach (var old in (string[])["EmailVerificationMessage", "EmailVerificationSubject", "SmsVerificationMessage"]) said.Remove(old);
        (said["AdminCreateUserConfig"] as JsonObject)?.Remove("UnusedAccountValidityDays");
        if (pool.MfaConfiguration is { } mfa and not "OFF")
        {
            said["MfaConfiguration"] = mfa;
            said["EnabledMfas"] = new JsonArray([.. new[] { (pool.TotpMfa?.Enabled == true, "SOFTWARE_TOKEN_MFA"), (pool.EmailMfa is not null, "EMAIL_OTP"), (pool.SmsMfa == true, "SMS_MFA") }.Where(factor => factor.Item1).Select(factor => JsonValue.Create(factor.Item2))]);
        }

        var own = pool.SchemaAttributes.Where(attribute => attribute.Name.StartsWith("custom:", StringComparison.Ordinal) || attribute.Required == true && attribute.Name != "sub").Select(attribute =>
            (JsonNode)Described.As(attribute with { Name = attribute.Name.StartsWith("custom:", StringComparison.Ordinal) ? attribute.Name[7..] : attribute.Name }, Json.SchemaAttribute, "Name", "AttributeDataType", "Mutable", "Required", "StringAttributeConstraints", "NumberAttributeConstraints")).ToArray();
        if (own.Length > 0) said["Schema"] = new JsonArray(own);
        return new ScannedResource(pool.Id, said)
        {
            Identifier = Described.Of(("UserPoolId", pool.Id)),
            Attributes = Described.Of(("Arn", pool.Arn), ("ProviderURL", pool.Ref.Issuer), ("ProviderName", pool.Ref.Issuer["https://".Length..])),
            Label = pool.Name,
        };
    }

    /// <summary>The secret is never told: the new client has one of its own, and what had the old one refers to it.</summary>
    private ScannedResource Client(UserPoolClient client, UserPool pool)
    {
        var said = Described.As(client, Json.UserPoolClient,
            "RefreshTokenValidity", "AccessTokenValidity", "IdTokenValidity", "TokenValidityUnits", "ReadAttributes", "WriteAttributes", "ExplicitAuthFlows", "SupportedIdentityProviders", "CallbackURLs", "LogoutURLs",
            "DefaultRedirectURI", "AllowedOAuthFlows", "AllowedOAuthScopes", "AllowedOAuthFlowsUserPoolClient", "PreventUserExistenceErrors", "EnableTokenRevocation", "EnablePropagateAdditionalUserContextData",
            "AuthSessionValidity", "RefreshTokenRotation");
        (said["UserPoolId"], said["ClientName"]) = (pool.Id, client.ClientName);
        if (said["RefreshTokenValidity"]?.ToString() == "0") said.Remove("RefreshTokenValidity");
        var attributes = Described.Of(("ClientId", client.ClientId));
        if (clients.SecretOf(client) is { } secret)
        {
            said["GenerateSecret"] = true;
            attributes["ClientSecret"] = secret;
        }

        return new ScannedResource(client.ClientId, said) { Identifier = Described.Of(("UserPoolId", pool.Id), ("ClientId", client.ClientId)), Attributes = attributes, Label = client.ClientName };
    }

    private static async ValueTask<List<UserPoolDomain>> Domains(ISnapshot tx, UserPool pool)
        => await tx.Get(Keys.Domain(pool.Ref), Json.UserPoolDomain) is { } domain ? [domain] : [];

    private ValueTask<List<UserPool>> Pools(Call call) => installation.Store.Read(snapshot => snapshot.List(Keys.Pools(call.Account, call.Region), Json.UserPool));

    private ResourceScanner Of<T>(string type, string action, Func<ISnapshot, UserPool, ValueTask<List<T>>> list, Func<T, UserPool, ScannedResource> read) => new(Prefix + type, action, async call =>
    {
        var found = new List<ScannedResource>();
        foreach (var pool in await Pools(call))
            foreach (var one in await installation.Store.Read(snapshot => list(snapshot, pool)))
                found.Add(read(one, pool) with { Parent = (PoolType, pool.Id) });
        return found;
    });
}

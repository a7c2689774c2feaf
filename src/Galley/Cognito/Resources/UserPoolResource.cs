using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>`AWS::Cognito::UserPool`. Custom attributes can be added by an update, never changed or removed.</summary>
internal sealed class UserPoolResource(UserPools pools, MfaConfigs mfa) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPool";

    /// <summary>How users sign in is settled when the pool is made. A new pool would be one without its users, so a change is refused.</summary>
    private static readonly string[] Settled = ["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"];

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var pool = (await pools.CreateUserPool(request.Read(CognitoJson.Default.CreateUserPoolRequest, properties => Shape(properties, request)), call)).UserPool;
        request.Exists(pool.Id);
        await SetFactors(request, pool.Id, call);
        return Made(pool);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var before = (await pools.DescribeUserPool(new OnPoolRequest { UserPoolId = request.PhysicalId }, call)).UserPool;
        var wanted = request.Read(CognitoJson.Default.CreateUserPoolRequest, properties => Shape(properties, request));
        RequireSettled(before, wanted);
        await pools.UpdateUserPool(request.Read(CognitoJson.Default.UpdateUserPoolRequest, properties =>
        {
            Shape(properties, request);
            foreach (var name in Settled.Append("Schema")) properties.Remove(name);
            properties["UserPoolId"] = request.PhysicalId;
            if (Factors(request).Count > 0 && before.MfaConfiguration != "OFF") properties["MfaConfiguration"] = before.MfaConfiguration;
        }), call);
        var pool = (await pools.DescribeUserPool(new OnPoolRequest { UserPoolId = request.PhysicalId }, call)).UserPool;
        var added = (wanted.Schema ?? []).Where(attribute => !Schema.IsStandard(attribute.Name) && pool.SchemaAttributes.All(known => known.Name != "custom:" + attribute.Name && known.Name != "dev:custom:" + attribute.Name)).ToList();
        if (added.Count > 0) await pools.AddCustomAttributes(new AddCustomAttributesRequest { UserPoolId = request.PhysicalId, CustomAttributes = added }, call);
        await SetFactors(request, request.PhysicalId, call);
        return Made(pool);
    }

    public ValueTask Delete(ResourceRequest request, Call call) => Properties.Gone(() => pools.DeleteUserPool(new OnPoolRequest { UserPoolId = request.PhysicalId }, call));

    private async ValueTask SetFactors(ResourceRequest request, string poolId, Call call)
    {
        var properties = request.Properties;
        var factors = Factors(request);
        var mode = (string?)properties["MfaConfiguration"] ?? "OFF";
        if (factors.Count == 0 || mode == "OFF") return;
        foreach (var factor in factors)
            if (factor is not ("SMS_MFA" or "SOFTWARE_TOKEN_MFA" or "EMAIL_OTP")) throw new AwsError("InvalidRequest", $"Encountered unsupported value {factor} in EnabledMfas for {Type}");
        var pool = (await pools.DescribeUserPool(new OnPoolRequest { UserPoolId = poolId }, call)).UserPool;
        await mfa.SetUserPoolMfaConfig(new SetUserPoolMfaConfigRequest
        {
            UserPoolId = poolId,
            MfaConfiguration = mode,
            SmsMfaConfiguration = factors.Contains("SMS_MFA") ? new SmsMfaConfig { SmsConfiguration = pool.SmsConfiguration, SmsAuthenticationMessage = pool.SmsAuthenticationMessage } : null,
            SoftwareTokenMfaConfiguration = new SoftwareTokenMfaConfig { Enabled = factors.Contains("SOFTWARE_TOKEN_MFA") },
            EmailMfaConfiguration = factors.Contains("EMAIL_OTP") ? new EmailMfaConfig { Message = (string?)properties["EmailAuthenticationMessage"], Subject = (string?)properties["EmailAuthenticationSubject"] } : null,
        }, call);
    }

    /// <summary>Against the pool itself, not what the template said: an update that was refused is taken back by another.</summary>
    private static void RequireSettled(UserPool pool, CreateUserPoolRequest wanted)
    {
        foreach (var (name, same) in ((string, bool)[])
                 [
                     ("AliasAttributes", Same(pool.AliasAttributes, wanted.AliasAttributes)), ("UsernameAttributes", Same(pool.UsernameAttributes, wanted.UsernameAttributes)),
                     ("UsernameConfiguration", pool.UsernameConfiguration == wanted.UsernameConfiguration),
                 ])
            if (!same)
                throw new AwsError("InvalidParameterException", $"Invalid request provided: Updates are not allowed for property - {name}.");

        static bool Same(IReadOnlyList<string>? a, IReadOnlyList<string>? b) => (a ?? []).ToHashSet().SetEquals(b ?? []);
    }

    private static List<string?> Factors(ResourceRequest request) => [.. (request.Properties["EnabledMfas"] as JsonArray ?? []).Select(factor => (string?)factor)];

    private static void Shape(JsonObject properties, ResourceRequest request)
    {
        properties.Rename("UserPoolName", "PoolName");
        properties["PoolName"] ??= request.Name;
        // A template's second factors are set by an operation of their own, see SetFactors, and without text messages they are switched on by it too.
        if (Factors(request).Count > 0 && properties["SmsConfiguration"] is null) properties.Remove("MfaConfiguration");
        foreach (var name in (ReadOnlySpan<string>)["EnabledMfas", "EmailAuthenticationMessage", "EmailAuthenticationSubject"]) properties.Remove(name);
        foreach (var attribute in (properties["Schema"] as JsonArray ?? []).OfType<JsonObject>())
            foreach (var kind in (ReadOnlySpan<string>)["StringAttributeConstraints", "NumberAttributeConstraints"])
                if (attribute[kind] is JsonObject constraints)
                    // Templates write these as numbers as often as text.
                    foreach (var name in constraints.Select(pair => pair.Key).ToList())
                        if (constraints[name] is { } value) constraints[name] = value.ToString();
    }

    private static Resource Made(UserPool pool) => new(pool.Id, new Dictionary<string, string>
    {
        ["Arn"] = pool.Arn,
        ["ProviderName"] = pool.Ref.Issuer["https://".Length..],
        ["ProviderURL"] = pool.Ref.Issuer,
        ["UserPoolId"] = pool.Id,
    });
}

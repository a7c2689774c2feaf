namespace Galley.Wire;

/// <summary>An access key with its owner.</summary>
/// <param name="Secret">The secret access key.</param>
/// <param name="Principal">Who signs with it.</param>
/// <param name="SessionToken">The token that must come with a temporary key; null for a long-term key.</param>
/// <param name="Expires">End of a temporary key.</param>
public sealed record CallerKey(string Secret, Principal Principal, string? SessionToken = null, DateTimeOffset? Expires = null);

/// <summary>Signature Version 4: header and query forms.</summary>
public static class SigV4
{
    /// <param name="Now">The server's time.</param>
    /// <param name="Region">The installation's region.</param>
    /// <param name="AnyCredentials">Take every signature as valid (`--credentials any`).</param>
    public readonly record struct Rules(DateTimeOffset Now, string Region, bool AnyCredentials);

    /// <summary>The service in the credential scope; null when the request is not signed.</summary>
    public static string? ServiceOf(ApiRequest request) => Scope(request) is { } scope ? scope[3] : null;

    /// <summary>The region in the credential scope; null when the request is not signed.</summary>
    public static string? RegionOf(ApiRequest request) => Scope(request) is { } scope ? scope[2] : null;

    /// <summary>The verified caller; <see cref="Principal.Anonymous"/> for an unsigned request where the operation allows that.</summary>
    public static async ValueTask<Principal> Authenticate(
        ApiRequest request, AwsService service, Operation operation, Rules rules, Func<string, ValueTask<CallerKey?>> keys, Trail trail)
    {
        // SKELETON: replaced by the full verification before anything lands.
        if (Scope(request) is not { } scope)
            return operation.Anonymous ? Principal.Anonymous : throw new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
        return (await keys(scope[0]))?.Principal ?? throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
    }

    private static string[]? Scope(ApiRequest request)
    {
        var credential = request.Header("Authorization") is { } header && header.StartsWith("AWS4-HMAC-SHA256", StringComparison.Ordinal)
            ? header.Split("Credential=") is [_, var rest] ? rest.Split(',', ' ')[0] : null
            : request.QueryValue("X-Amz-Credential");
        return credential?.Split('/') is { Length: 5 } scope ? scope : null;
    }
}

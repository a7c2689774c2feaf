namespace Galley.CognitoIdentity;

/// <summary>An identity pool as it is kept.</summary>
internal sealed record Pool
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required bool AllowGuests { get; init; }

    public bool? AllowClassicFlow { get; init; }

    /// <summary>`accounts.google.com` → client id.</summary>
    public Dictionary<string, string>? SupportedLoginProviders { get; init; }

    public string? DeveloperProviderName { get; init; }

    public List<string>? OpenIdConnectProviderARNs { get; init; }

    public List<CognitoIdentityProvider>? CognitoIdentityProviders { get; init; }

    public Dictionary<string, string>? Tags { get; init; }

    /// <summary>`authenticated` and `unauthenticated` → role ARN.</summary>
    public Dictionary<string, string>? Roles { get; init; }

    public Dictionary<string, RoleMapping>? RoleMappings { get; init; }

    /// <summary>By provider name.</summary>
    public Dictionary<string, PrincipalTagMap>? PrincipalTags { get; init; }

    public string Arn(string account) => $"arn:aws:cognito-identity:{Region}:{account}:identitypool/{Id}";
}

/// <param name="UseDefaults">`username` → `sub`, `client` → `aud`.</param>
/// <param name="Tags">Tag name → claim; kept beside the defaults, without effect, where those are used.</param>
internal sealed record PrincipalTagMap(bool UseDefaults, Dictionary<string, string>? Tags = null);

/// <summary>An identity as it is kept.</summary>
internal sealed record Identity
{
    public required string Id { get; init; }

    public required string PoolId { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Modified { get; init; }

    /// <summary>Its logins; none for a guest.</summary>
    public required List<Login> Logins { get; init; }

    public bool Has(string provider, string subject) => Logins.Exists(login => login.Provider == provider && login.Subject == subject);
}

/// <param name="Provider">Key of the Logins map.</param>
/// <param name="Subject">`sub`, or the developer's user identifier.</param>
internal sealed record Login(string Provider, string Subject);

/// <param name="Kid">Key id.</param>
/// <param name="Modulus">base64url.</param>
/// <param name="Exponent">base64url.</param>
/// <param name="Private">Sealed PKCS #8.</param>
internal sealed record StoredSigningKey(string Kid, string Modulus, string Exponent, string Private);

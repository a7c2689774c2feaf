namespace Galley.Cognito;

/// <summary>A foreign provider that a pool's users may sign in with, as it is stored and as DescribeIdentityProvider shows it.</summary>
internal sealed record IdentityProvider
{
    public required string UserPoolId { get; init; }
    public required string ProviderName { get; init; }

    /// <summary>`OIDC`, or one of AWS's names.</summary>
    public required string ProviderType { get; init; }

    /// <summary>`client_id`, `client_secret`, `authorize_scopes`, `oidc_issuer`, `attributes_request_method`, and endpoints where discovery is not used. The secret is sealed (see <see cref="SecretPurpose"/>).</summary>
    public required IReadOnlyDictionary<string, string> ProviderDetails { get; init; }

    /// <summary>Pool attribute → claim of the provider.</summary>
    public IReadOnlyDictionary<string, string>? AttributeMapping { get; init; }
    public IReadOnlyList<string>? IdpIdentifiers { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public required DateTimeOffset LastModifiedDate { get; init; }

    /// <summary>What `client_secret` in the stored <see cref="ProviderDetails"/> is sealed for.</summary>
    public static string SecretPurpose(PoolRef pool, string provider) => $"cognito-provider-secret/{pool.Id}/{provider}";
}

/// <summary>A pool's or a client's own look for the sign-in pages. `ALL` stands for every client that has none.</summary>
internal sealed record UiCustomization
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }

    /// <summary>Style sheet of the classic class names (`banner-customizable` and its kin).</summary>
    public string? CSS { get; init; }
    public string? CSSVersion { get; init; }

    /// <summary>PNG, JPEG or GIF, at most 100 KB.</summary>
    public byte[]? ImageFile { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public required DateTimeOffset LastModifiedDate { get; init; }
}

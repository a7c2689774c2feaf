namespace Galley.Iam;

/// <summary>A user, role or group as it is kept.</summary>
internal sealed record Identity
{
    public required IdentityKind Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>`AIDA…`, `AROA…`, `AGPA…`</summary>
    public required string Id { get; init; }

    public required string Arn { get; init; }

    public required string Path { get; init; }

    public required DateTimeOffset Created { get; init; }

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>Inline policies by name.</summary>
    public IReadOnlyDictionary<string, string> Inline { get; init; } = new Dictionary<string, string>();

    /// <summary>ARNs of attached managed policies.</summary>
    public IReadOnlyList<string> Attached { get; init; } = [];

    /// <summary>ARN of the permissions boundary.</summary>
    public string? Boundary { get; init; }

    /// <summary>Names of a user's groups.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>A role's trust policy.</summary>
    public string Trust { get; init; } = "";

    public string? Description { get; init; }

    public int MaxSessionDuration { get; init; } = 3600;
}

/// <summary>A customer managed policy with its versions.</summary>
internal sealed record ManagedPolicy
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Arn { get; init; }

    public required string Path { get; init; }

    public string? Description { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Updated { get; init; }

    public required string DefaultVersion { get; init; }

    public required int LastVersion { get; init; }

    public required IReadOnlyList<ManagedPolicyVersion> Versions { get; init; }

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public string Document => Versions.First(version => version.Id == DefaultVersion).Document;
}

internal sealed record ManagedPolicyVersion(string Id, string Document, DateTimeOffset Created);

/// <summary>A long-term access key; the secret sealed.</summary>
internal sealed record StoredAccessKey(string Id, string User, string SealedSecret, DateTimeOffset Created, bool Active);

/// <summary>A temporary key with its session; secret and token sealed.</summary>
internal sealed record StoredSession
{
    public required string Id { get; init; }

    public required string SealedSecret { get; init; }

    public required string SealedToken { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public required Galley.Wire.PrincipalKind Kind { get; init; }

    public required string Arn { get; init; }

    public required string UserId { get; init; }

    public string? RoleArn { get; init; }

    public IReadOnlyList<string> SessionPolicies { get; init; } = [];

    /// <summary>Condition keys that the session brings: tags, provider claims, source identity.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Keys { get; init; } = [];

    /// <summary>Of a federated session: the user behind it.</summary>
    public string? IssuerArn { get; init; }

    public string? IssuerId { get; init; }
}

/// <param name="Action">`s3:GetObject`</param>
/// <param name="Resource">As a policy names it: objects by their bucket, streams by their group.</param>
internal sealed record ObservedCall(string Action, string Resource);

internal sealed record LastUse(DateTimeOffset Time, string Service, string Region);

/// <summary>A console password; we have no console, so it is only kept, hashed.</summary>
internal sealed record StoredLoginProfile(string User, bool ResetRequired, DateTimeOffset Created);

/// <summary>An OpenID Connect provider whose tokens roles may be taken with.</summary>
/// <param name="Url">Without `https://`.</param>
internal sealed record StoredOidcProvider(string Url, IReadOnlyList<string> ClientIds, IReadOnlyList<string> Thumbprints, DateTimeOffset Created, IReadOnlyList<Tag> Tags)
{
    public string Arn(string account) => $"arn:aws:iam::{account}:oidc-provider/{Url}";
}

internal sealed record StoredGeneration(string Id, string Caller, DateTimeOffset Started);

internal sealed record StoredAlias(string Name);

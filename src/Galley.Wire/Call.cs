namespace Galley.Wire;

/// <summary>What travels with a request from the door to the operation (design D2).</summary>
public sealed class Call
{
    public required string RequestId { get; init; }

    /// <summary>The account whose resources are meant: that of the caller's key.</summary>
    public required string Account { get; init; }

    /// <summary>The region of the credential scope, or the installation's.</summary>
    public required string Region { get; init; }

    public Principal Principal { get; set; } = Principal.Anonymous;

    public CancellationToken Cancellation { get; init; }

    public Trail Trail { get => field ??= new(); init; }

    /// <summary>Address of the client, without port.</summary>
    public string SourceIp { get; init; } = "127.0.0.1";

    public bool Secure { get; init; }

    public string UserAgent { get; init; } = "";

    /// <summary>The name and port that the caller used for us; empty for a call of our own. For answers that tell where to come next (a queue's URL).</summary>
    public string Host { get; init; } = "";

    /// <summary>Whether the caller came by TLS.</summary>
    public bool IsHttps { get; init; }

    /// <summary>The service that calls with the caller's own rights (`cloudformation.amazonaws.com`); null when the caller calls by itself.</summary>
    public string? Via { get; init; }

    /// <summary>An ARN in the call's account and region.</summary>
    public string Arn(string service, string resource) => new Arn(service, Region, Account, resource).ToString();
}

/// <summary>Who calls.</summary>
/// <param name="Kind">What the caller is.</param>
/// <param name="Arn">`arn:aws:iam::…:root`, `…:user/x`, `arn:aws:sts::…:assumed-role/r/session`; the principal name for a service, the provider for a web identity; empty for anonymous.</param>
/// <param name="UserId">AWS's unique id (`AIDA…`, `AROA…:session`, the account for root).</param>
/// <param name="AccessKeyId">The key that signed, or empty.</param>
public sealed record Principal(PrincipalKind Kind, string Arn, string UserId = "", string AccessKeyId = "")
{
    public static readonly Principal Anonymous = new(PrincipalKind.Anonymous, "");

    /// <summary>ARN of the IAM role behind an assumed-role session; otherwise null.</summary>
    public string? RoleArn { get; init; }

    /// <summary>ARN and unique id of the user whose key made a federated session; otherwise null.</summary>
    public PrincipalIssuer? Issuer { get; init; }

    /// <summary>JSON of the session policies that narrow the session further.</summary>
    public IReadOnlyList<string> SessionPolicies { get; init; } = [];

    /// <summary>Condition keys that the session brought with it: `aws:PrincipalTag/team`, `cognito-identity.amazonaws.com:sub` … A key may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Keys { get; init; } = [];

    public static Principal Service(string name) => new(PrincipalKind.Service, name);
}

/// <summary>The user whose key made a federated session. A type with names: who is kept while work is under way must come back whole.</summary>
public sealed record PrincipalIssuer(string Arn, string UserId);

public enum PrincipalKind
{
    Anonymous,
    Root,
    User,
    AssumedRole,
    Service,

    /// <summary>A session of GetFederationToken.</summary>
    FederatedUser,

    /// <summary>Somebody known by a token of an identity provider, before a role is taken; the ARN is the provider's.</summary>
    WebIdentity,
}

namespace Galley.Testing;

/// <summary>How a cloud is started. The defaults are right for most tests.</summary>
public sealed record GalleyCloudOptions
{
    /// <summary>The account's number, twelve digits.</summary>
    public string Account { get; init; } = "123456789012";

    /// <summary>The region that clients are to name.</summary>
    public string Region { get; init; } = "eu-west-2";

    /// <summary>
    /// Makes a cloud that repeats: ids, codes and secrets come out of this number, the same for the same calls in the same order, the chances of
    /// <see cref="CloudFaults"/> too, and the clock begins at <see cref="StartTime"/> and stands still until it is moved. Null for none of that.
    /// Keys of RSA and of TLS are made anew always.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>What the clock says at first; null for now, or with a <see cref="Seed"/> for the first of January 2026.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Whether functions' processes run inside bubblewrap.</summary>
    public SandboxMode Sandbox { get; init; } = SandboxMode.Off;

    /// <summary>Sign-in hosts answer as the OpenID specifications say where Cognito answers otherwise.</summary>
    public bool StrictOidc { get; init; }

    /// <summary>DynamoDB's provisioned tables refuse what goes beyond their throughput, and no table is changed more often than AWS allows.</summary>
    public bool Throttle { get; init; }

    /// <summary>Where the log's lines go, a test's output say; null is silence.</summary>
    public Action<string>? Log { get; init; }
}

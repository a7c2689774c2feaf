using System.Globalization;
using Galley.Wire;

namespace Galley.Iam.Evaluate;

/// <summary>The condition keys of one request (`aws:SourceIp`, `s3:prefix` …). Names are compared without case, as IAM does.</summary>
internal sealed class RequestKeys
{
    private readonly Dictionary<string, List<string>> _keys = new(StringComparer.OrdinalIgnoreCase);
    private IEnumerable<KeyValuePair<string, string>>? _later;

    public RequestKeys Add(string name, string? value)
    {
        if (value is null) return this;
        if (_keys.TryGetValue(name, out var values)) values.Add(value);
        else _keys[name] = [value];
        return this;
    }

    /// <summary>Keys that cost something to know: they are read when the first one is asked for that is not among the others.</summary>
    public RequestKeys AddLater(IEnumerable<KeyValuePair<string, string>> keys)
    {
        _later = keys;
        return this;
    }

    public IReadOnlyList<string>? Values(string name)
    {
        if (_keys.TryGetValue(name, out var values) || _later is not { } later) return values;
        _later = null;
        foreach (var (key, value) in later) Add(key, value);
        return _keys.GetValueOrDefault(name);
    }

    /// <summary>The value of a key that has exactly one.</summary>
    public string? Single(string name) => Values(name) is [var value] ? value : null;

    /// <summary>The global keys that follow from who calls and how.</summary>
    public static RequestKeys Of(Principal principal, string account, DateTimeOffset now)
    {
        var keys = new RequestKeys()
            .Add("aws:CurrentTime", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            .Add("aws:EpochTime", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
            .Add("aws:PrincipalIsAWSService", principal.Kind == PrincipalKind.Service ? "true" : "false");
        if (principal.Kind == PrincipalKind.Service) return keys.Add("aws:PrincipalServiceName", principal.Arn);
        if (principal.Kind == PrincipalKind.Anonymous) return keys.Add("aws:PrincipalType", "Anonymous").Add("aws:userid", "anonymous");
        keys.Add("aws:PrincipalArn", principal.RoleArn ?? principal.Arn).Add("aws:PrincipalAccount", account).Add("aws:userid", principal.UserId);
        keys.Add("aws:PrincipalType", principal.Kind switch { PrincipalKind.Root => "Account", PrincipalKind.User => "User", _ => "AssumedRole" });
        if (principal.Kind == PrincipalKind.User) keys.Add("aws:username", principal.Arn[(principal.Arn.LastIndexOf('/') + 1)..]);
        return keys;
    }

    public RequestKeys AddCall(Call call) => Add("aws:SourceIp", call.SourceIp).Add("aws:SecureTransport", call.Secure ? "true" : "false")
        .Add("aws:RequestedRegion", call.Region).Add("aws:UserAgent", call.UserAgent.Length == 0 ? null : call.UserAgent);
}

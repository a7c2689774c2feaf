using System.Globalization;
using Galley.Wire;

namespace Galley.Iam.Evaluate;

/// <summary>
/// The condition keys of one request (`aws:SourceIp`, `s3:prefix` …). Names are compared without case, as IAM does. They are gathered when
/// a policy first asks for one: most policies have no conditions.
/// </summary>
internal sealed class RequestKeys
{
    private readonly Dictionary<string, List<string>> _keys = new(StringComparer.OrdinalIgnoreCase);
    private Action<RequestKeys>? _later;
    private IEnumerable<KeyValuePair<string, string>>? _costly;

    public RequestKeys Add(string name, string? value)
    {
        if (value is null) return this;
        if (_keys.TryGetValue(name, out var values)) values.Add(value);
        else _keys[name] = [value];
        return this;
    }

    /// <summary>What to add when the first key is asked for.</summary>
    public RequestKeys Later(Action<RequestKeys> add)
    {
        _later += add;
        return this;
    }

    /// <summary>Keys that cost something to know: they are read when the first one is asked for that is not among the others.</summary>
    public RequestKeys AddLater(IEnumerable<KeyValuePair<string, string>> keys)
    {
        _costly = keys;
        return this;
    }

    public IReadOnlyList<string>? Values(string name)
    {
        if (_later is { } add)
        {
            _later = null;
            add(this);
        }

        if (_keys.TryGetValue(name, out var values) || _costly is not { } costly) return values;
        _costly = null;
        foreach (var (key, value) in costly) Add(key, value);
        return _keys.GetValueOrDefault(name);
    }

    /// <summary>The value of a key that has exactly one.</summary>
    public string? Single(string name) => Values(name) is [var value] ? value : null;

    /// <summary>The global keys that follow from who calls and how.</summary>
    public static RequestKeys Of(Principal principal, string account, DateTimeOffset now) => new RequestKeys().Later(keys => keys.AddCaller(principal, account, now));

    /// <summary>What follows from the call. A service that calls with its caller's rights comes from no address of the caller's.</summary>
    public RequestKeys AddCall(Call call) => Later(keys =>
    {
        keys.Add("aws:RequestedRegion", call.Region).Add("aws:SecureTransport", call.Secure || call.Via is not null ? "true" : "false");
        if (call.Via is { } service) keys.Add("aws:CalledVia", service).Add("aws:CalledViaFirst", service).Add("aws:CalledViaLast", service);
        else keys.Add("aws:SourceIp", call.SourceIp).Add("aws:UserAgent", call.UserAgent.Length == 0 ? null : call.UserAgent);
    }).AddVia(call.Via is not null);

    /// <summary>`aws:RequestTag/…` and `aws:TagKeys` of what the request would put on or take off a resource.</summary>
    public RequestKeys AddRequestTags(IEnumerable<KeyValuePair<string, string?>> tags)
    {
        foreach (var (name, value) in tags) Add("aws:TagKeys", name).Add("aws:RequestTag/" + name, value);
        return this;
    }

    private RequestKeys AddVia(bool service) => service ? Add("aws:ViaAWSService", "true") : this;

    private void AddCaller(Principal principal, string account, DateTimeOffset now)
    {
        Add("aws:CurrentTime", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Add("aws:EpochTime", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        Add("aws:ResourceAccount", account); // all that is here is this account's
        Add("aws:PrincipalIsAWSService", principal.Kind == PrincipalKind.Service ? "true" : "false");
        if (!_keys.ContainsKey("aws:ViaAWSService")) Add("aws:ViaAWSService", "false");
        foreach (var (name, value) in principal.Keys) Add(name, value);
        switch (principal.Kind)
        {
            case PrincipalKind.Service:
                Add("aws:PrincipalServiceName", principal.Arn);
                return;
            case PrincipalKind.WebIdentity:
                return;
            case PrincipalKind.Anonymous:
                Add("aws:PrincipalType", "Anonymous").Add("aws:userid", "anonymous");
                return;
        }

        Add("aws:PrincipalArn", principal.RoleArn ?? principal.Arn).Add("aws:PrincipalAccount", Arn.TryParse(principal.Arn, out var arn) && arn.Account.Length > 0 ? arn.Account : account);
        Add("aws:userid", principal.UserId).Add("aws:PrincipalType", principal.Kind switch { PrincipalKind.Root => "Account", PrincipalKind.User => "User", PrincipalKind.FederatedUser => "FederatedUser", _ => "AssumedRole" });
        if (principal.Kind == PrincipalKind.User) Add("aws:username", principal.Arn[(principal.Arn.LastIndexOf('/') + 1)..]);
        // The key is there for temporary keys only.
        if (principal.AccessKeyId.StartsWith("ASIA", StringComparison.Ordinal) && !_keys.ContainsKey("aws:MultiFactorAuthPresent")) Add("aws:MultiFactorAuthPresent", "false");
    }
}

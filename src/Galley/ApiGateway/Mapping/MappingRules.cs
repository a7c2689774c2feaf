using Galley.ApiGateway.Invoke;
using Galley.Wire;

namespace Galley.ApiGateway.Mapping;

internal enum MappingAction
{
    Append,
    Overwrite,
    Remove,
}

internal enum MappingPlace
{
    Header,
    QueryString,
    Path,
    StatusCode,
}

/// <param name="Value">Null for removals.</param>
internal sealed record MappingRule(MappingAction Action, MappingPlace Place, string Name, MappingText? Value);

/// <summary>Reads `append:header.x` and its kind, and refuses what AWS refuses.</summary>
internal static class MappingRules
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded", "host", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization",
        "te", "trailer", "trailers", "transfer-encoding", "upgrade", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    };

    private static readonly string[] ReservedPrefixes = ["access-control-", "apigw-", "x-amz-", "x-amzn-"];

    public static List<MappingRule> Request(Dictionary<string, string> parameters) => [.. parameters.Select(pair => Read(pair.Key, pair.Value, "request"))];

    public static Dictionary<int, List<MappingRule>> Response(Dictionary<string, Dictionary<string, string>> parameters)
    {
        var rules = new Dictionary<int, List<MappingRule>>();
        foreach (var (status, mappings) in parameters)
        {
            if (!int.TryParse(status, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var code) || code is < 200 or > 599)
                throw Errors.BadRequest($"Invalid status code specified in ResponseParameters: {status}. Status code should be between 200 and 599");
            rules[code] = [.. mappings.Select(pair => Read(pair.Key, pair.Value, "response"))];
        }

        return rules;
    }

    public static AwsError Invalid(string what) => Errors.BadRequest($"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{what}]");

    private static MappingRule Read(string key, string value, string side)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        MappingAction action = (colon < 0 ? "" : key[..colon]) switch
        {
            "append" => MappingAction.Append,
            "overwrite" => MappingAction.Overwrite,
            "remove" => MappingAction.Remove,
            _ => throw Invalid($"Invalid mapping expression parameter specified: {key}"),
        };
        var target = key[(colon + 1)..];
        var (place, name) = Target(target, side) ?? throw Invalid($"Invalid mapping expression parameter specified: {key}");
        if (place is MappingPlace.Path or MappingPlace.StatusCode && action != MappingAction.Overwrite) throw Invalid($"Invalid mapping expression parameter specified: {key}");
        if (place == MappingPlace.Header && IsReserved(name)) throw Invalid($"Operations on header {name} are restricted");
        return new MappingRule(action, place, name, action == MappingAction.Remove ? null : MappingText.Parse(value, side));
    }

    private static (MappingPlace Place, string Name)? Target(string target, string side)
    {
        const string header = "header.", query = "querystring.";
        if (target.StartsWith(header, StringComparison.OrdinalIgnoreCase) && HeaderNames.IsSendable(target[header.Length..], "")) return (MappingPlace.Header, target[header.Length..]);
        if (side == "request" && target.StartsWith(query, StringComparison.OrdinalIgnoreCase) && target.Length > query.Length) return (MappingPlace.QueryString, target[query.Length..]);
        if (side == "request" && target == "path") return (MappingPlace.Path, "");
        return side == "response" && target == "statuscode" ? (MappingPlace.StatusCode, "") : null;
    }

    private static bool IsReserved(string name) => Reserved.Contains(name) || ReservedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}

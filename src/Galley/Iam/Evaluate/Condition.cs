using System.Globalization;
using System.Net;
using System.Numerics;

namespace Galley.Iam.Evaluate;

/// <summary>
/// One line of a Condition block: operator, key, values. Values are alternatives. A missing key makes a positive operator false and a
/// negated one true; `…IfExists` makes it true; `ForAllValues:` is true of no values, `ForAnyValue:` false.
/// </summary>
internal sealed class Condition
{
    private readonly string _key;
    private readonly IReadOnlyList<Wildcard> _values;
    private readonly Func<Wildcard, string, RequestKeys, bool>? _match;
    private readonly bool _negated, _ifExists, _all, _any, _null;

    public string Key => _key;

    public IEnumerable<string> ContextKeys => [_key, .. _values.SelectMany(value => value.Variables)];

    public Condition(string name, string key, IReadOnlyList<Wildcard> values)
    {
        _key = key;
        _values = values;
        var text = name;
        _all = Cut(ref text, "ForAllValues:");
        _any = Cut(ref text, "ForAnyValue:");
        if (text.EndsWith("IfExists", StringComparison.OrdinalIgnoreCase)) (_ifExists, text) = (true, text[..^"IfExists".Length]);
        _null = text.Equals("Null", StringComparison.OrdinalIgnoreCase);
        (_match, _negated) = text.ToLowerInvariant() switch
        {
            "stringequals" => (Same, false),
            "stringnotequals" => (Same, true),
            "stringequalsignorecase" => (SameIgnoringCase, false),
            "stringnotequalsignorecase" => (SameIgnoringCase, true),
            "stringlike" => (Like, false),
            "stringnotlike" => (Like, true),
            "arnequals" or "arnlike" => (ArnLike, false),
            "arnnotequals" or "arnnotlike" => (ArnLike, true),
            "bool" => (SameIgnoringCase, false),
            "binaryequals" => (Same, false),
            "ipaddress" => (InNetwork, false),
            "notipaddress" => (InNetwork, true),
            "numericequals" => (Number(order => order == 0), false),
            "numericnotequals" => (Number(order => order == 0), true),
            "numericlessthan" => (Number(order => order < 0), false),
            "numericlessthanequals" => (Number(order => order <= 0), false),
            "numericgreaterthan" => (Number(order => order > 0), false),
            "numericgreaterthanequals" => (Number(order => order >= 0), false),
            "dateequals" => (Date(order => order == 0), false),
            "datenotequals" => (Date(order => order == 0), true),
            "datelessthan" => (Date(order => order < 0), false),
            "datelessthanequals" => (Date(order => order <= 0), false),
            "dategreaterthan" => (Date(order => order > 0), false),
            "dategreaterthanequals" => (Date(order => order >= 0), false),
            _ => ((Func<Wildcard, string, RequestKeys, bool>?)null, false),
        };
    }

    /// <summary>False for an operator that IAM does not have.</summary>
    public bool Known => _match is not null || _null;

    public bool Holds(RequestKeys keys)
    {
        var given = keys.Values(_key);
        if (_null) return _values.Any(value => value.Pattern.Equals(given is null ? "true" : "false", StringComparison.OrdinalIgnoreCase));
        if (_match is null) return false;
        if (given is null) return _all || _ifExists || _negated && !_any;
        return _all ? given.All(One) : _negated && !_any ? given.All(One) : given.Any(One);

        bool One(string value) => _values.Any(pattern => _match(pattern, value, keys)) != _negated;
    }

    private static bool Cut(ref string text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        text = text[prefix.Length..];
        return true;
    }

    private static bool Same(Wildcard pattern, string value, RequestKeys keys) => pattern.Matches(value, keys, wild: false);

    private static bool SameIgnoringCase(Wildcard pattern, string value, RequestKeys keys)
        => pattern.Expand(keys) is { } text && Wildcard.Literal(text).Equals(value, StringComparison.OrdinalIgnoreCase);

    private static bool Like(Wildcard pattern, string value, RequestKeys keys) => pattern.Matches(value, keys);

    /// <summary>The six parts of an ARN one by one, so that a star does not reach over a colon.</summary>
    private static bool ArnLike(Wildcard pattern, string value, RequestKeys keys)
        => pattern.Expand(keys)?.Split(':', 6) is { Length: 6 } patterns && value.Split(':', 6) is { Length: 6 } parts
           && patterns.Zip(parts).All(pair => Wildcard.Glob(pair.First, pair.Second));

    private static bool InNetwork(Wildcard pattern, string value, RequestKeys keys)
    {
        if (pattern.Expand(keys) is not { } text || !IPAddress.TryParse(value, out var address)) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return text.Contains('/', StringComparison.Ordinal)
            ? text.Split('/') is [var start, var bits] && IPAddress.TryParse(start, out var first) && int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
              && length <= first.GetAddressBytes().Length * 8 && Prefix(first, length) is { } prefix && prefix == Prefix(address, length) && first.AddressFamily == address.AddressFamily
            : IPAddress.TryParse(text, out var single) && single.Equals(address);
    }

    private static BigInteger? Prefix(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        return bits > bytes.Length * 8 ? null : new BigInteger(bytes, isUnsigned: true, isBigEndian: true) >> (bytes.Length * 8 - bits);
    }

    private static Func<Wildcard, string, RequestKeys, bool> Number(Func<int, bool> holds) => (pattern, value, keys)
        => pattern.Expand(keys) is { } text && decimal.TryParse(Wildcard.Literal(text), NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
           && decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && holds(number.CompareTo(limit));

    private static Func<Wildcard, string, RequestKeys, bool> Date(Func<int, bool> holds) => (pattern, value, keys)
        => pattern.Expand(keys) is { } text && ReadDate(Wildcard.Literal(text)) is { } limit && ReadDate(value) is { } date && holds(date.CompareTo(limit));

    private static DateTimeOffset? ReadDate(string text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 9999 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}

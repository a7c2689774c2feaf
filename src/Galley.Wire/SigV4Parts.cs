using System.Globalization;

namespace Galley.Wire;

/// <summary>What a signed request says about its signature, taken from the Authorization header or the query.</summary>
internal sealed class SignedParts
{
    private const int WeekInSeconds = 604_800;

    public required SigV4Credential Credential { get; init; }

    public required SignedHeaders SignedHeaders { get; init; }

    public required string Signature { get; init; }

    /// <summary>As it stands in the string to sign.</summary>
    public required string Timestamp { get; init; }

    public required DateTimeOffset Time { get; init; }

    public string? SessionToken { get; init; }

    public bool FromQuery { get; init; }

    /// <summary>Version 4a: a signature of ECDSA for a set of regions.</summary>
    public bool IsAsymmetric { get; init; }

    /// <summary>Life of a presigned URL.</summary>
    public TimeSpan? Expires { get; init; }

    public bool Signs(ReadOnlySpan<char> header) => SignedHeaders.Contain(header);

    /// <summary>Null when the request is not signed at all.</summary>
    public static SignedParts? Read(ApiRequest request, SignatureErrors errors, bool ofS3)
    {
        var header = request.Header("Authorization") is { Length: > 0 } given ? given : null;
        var query = request.RawQuery.Contains("X-Amz-", StringComparison.Ordinal)
                    && (request.QueryValue("X-Amz-Algorithm") ?? request.QueryValue("X-Amz-Credential") ?? request.QueryValue("X-Amz-Signature")) is not null;
        if (header is not null && query) throw errors.HeaderAndQuery(header);
        if (header is not null) return FromHeader(request, header, errors, ofS3);
        return query ? FromUrl(request, errors, needsExpiry: ofS3) : null;
    }

    private static SignedParts? FromHeader(ApiRequest request, string header, SignatureErrors errors, bool ofS3)
    {
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        var algorithm = space < 0 ? header : header[..space];
        var isAsymmetric = !ofS3 && algorithm == SigV4A.Algorithm;
        var isKnown = isAsymmetric || algorithm == SigV4.Algorithm;
        if (!isKnown && !algorithm.StartsWith("AWS4-", StringComparison.Ordinal)) return errors.ForeignScheme();
        if (!isKnown && ofS3) throw errors.UnknownAlgorithm(algorithm);

        ReadOnlySpan<char> credential = default, signed = default, signature = default;
        bool hasCredential = false, hasSigned = false, hasSignature = false;
        foreach (var range in header.AsSpan(algorithm.Length).SplitAny(',', ' '))
        {
            var part = header.AsSpan(algorithm.Length)[range];
            if (part.Length == 0 || Is(part, "Credential=", ref credential, ref hasCredential) || Is(part, "SignedHeaders=", ref signed, ref hasSigned) || Is(part, "Signature=", ref signature, ref hasSignature)) continue;
            throw errors.IncompleteHeader(header, !hasCredential, !hasSignature, !hasSigned, false);
        }

        var date = request.Header("x-amz-date") ?? request.Header("Date");
        if (credential.IsEmpty || signed.IsEmpty || signature.IsEmpty || date is null)
            throw errors.IncompleteHeader(header, credential.IsEmpty, signature.IsEmpty, signed.IsEmpty, date is null);
        if (!isKnown) throw errors.UnknownAlgorithm(algorithm);
        var (timestamp, time) = ReadTime(date, errors);
        return new SignedParts
        {
            Credential = (isAsymmetric ? SigV4Credential.ParseWithoutRegion(credential) : SigV4Credential.Parse(credential)) ?? throw errors.MalformedCredential(credential.ToString(), fromQuery: false),
            SignedHeaders = SignedHeaders.Of(signed),
            Signature = signature.ToString(),
            Timestamp = timestamp,
            Time = time,
            SessionToken = request.Header("x-amz-security-token"),
            IsAsymmetric = isAsymmetric,
        };

        bool Is(ReadOnlySpan<char> part, string name, ref ReadOnlySpan<char> place, ref bool has)
        {
            if (!part.StartsWith(name)) return false;
            if (has) throw errors.IncompleteHeader(header, false, false, false, false); // one that comes twice could be read in two ways
            place = part[name.Length..];
            return has = true;
        }
    }

    private static SignedParts FromUrl(ApiRequest request, SignatureErrors errors, bool needsExpiry)
    {
        string Value(string name) => request.QueryValue(name) ?? "";
        string[] needed = needsExpiry
            ? ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"]
            : ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
        if (Array.FindAll(needed, name => Value(name).Length == 0) is { Length: > 0 } missing) throw errors.IncompleteQuery(missing);
        if (Value("X-Amz-Algorithm") != SigV4.Algorithm) throw errors.UnknownAlgorithm(Value("X-Amz-Algorithm"), fromQuery: true);

        var credential = SigV4Credential.Parse(Value("X-Amz-Credential")) ?? throw errors.MalformedCredential(Value("X-Amz-Credential"), fromQuery: true);
        var (timestamp, time) = ReadTime(Value("X-Amz-Date"), errors);
        return new SignedParts
        {
            Credential = credential,
            SignedHeaders = SignedHeaders.Of(Value("X-Amz-SignedHeaders")),
            Signature = Value("X-Amz-Signature"),
            Timestamp = timestamp,
            Time = time,
            SessionToken = request.QueryValue("X-Amz-Security-Token"),
            FromQuery = true,
            Expires = Life(request.QueryValue("X-Amz-Expires"), errors),
        };
    }

    private static TimeSpan? Life(string? seconds, SignatureErrors errors)
    {
        if (seconds is null) return null;
        if (!long.TryParse(seconds, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw errors.WrongExpires("X-Amz-Expires should be a number");
        if (value < 0) throw errors.WrongExpires("X-Amz-Expires must be non-negative");
        if (value > WeekInSeconds) throw errors.WrongExpires("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds");
        return TimeSpan.FromSeconds(value);
    }

    private static (string Text, DateTimeOffset Time) ReadTime(string date, SignatureErrors errors)
    {
        if (SigV4.ParseTime(date) is { } time) return (date, time);
        // Only the `Date` header may have the form of RFC 9110; it is signed as ISO 8601 basic all the same.
        return DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
            ? (SigV4.FormatTime(time), time)
            : throw errors.WrongDate(date);
    }
}

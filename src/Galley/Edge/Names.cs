namespace Galley.Edge;

/// <summary>
/// Whose is a host name? First come Galley's own names and those of AWS's form, then what services claim by their configuration
/// (custom domains, aliases), so that no configuration can shadow the former (decision 0016).
/// </summary>
/// <param name="doors">Who may claim names.</param>
/// <param name="own">What other machines call this one (`--listen`, `--host`): the AWS API, as `localhost`.</param>
internal sealed class Names(IReadOnlyList<IDoor> doors, IReadOnlySet<string>? own = null)
{
    /// <param name="Meaning">Which door, and what the name names there.</param>
    /// <param name="Claimed">The whole name when a service claimed it; otherwise empty.</param>
    internal readonly record struct Owner(HostNames.Meaning Meaning, string Claimed);

    /// <summary>Null for a name that is nobody's: the caller refuses it (security §4, host allow-list).</summary>
    public async ValueTask<Owner?> Of(string host)
    {
        if (host.Contains("xn--", StringComparison.OrdinalIgnoreCase) && !IsPunycode(host)) return null;
        if (HostNames.Read(host) is { } known) return new(known, "");
        if (own?.Contains(host) == true) return new(new(HostKind.AwsApi, "", ""), "");
        if (!IsDomainName(host)) return null;
        var name = host.ToLowerInvariant();
        foreach (var door in doors)
            if (await door.Claim(name) is { } claimed)
                return new(new(door.Kind, claimed.Id, claimed.Region), name);
        return HostNames.ReadBareBucket(host) is { } bucket ? new(bucket, "") : null;
    }

    private static bool IsPunycode(string host)
    {
        try
        {
            _ = new System.Globalization.IdnMapping().GetUnicode(host);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Something that can be claimed at all: labels with a dot between them, and not a number (`127.1`, `0.0.0.0`).</summary>
    private static bool IsDomainName(string host)
    {
        if (host.Length is 0 or > 253 || !host.Contains('.', StringComparison.Ordinal) || char.IsAsciiDigit(host[^1])) return false;
        foreach (var letter in host)
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '.' or '_'))
                return false;
        return true;
    }
}

using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Which function is meant: a name, `account:function:name` or an ARN, each with or without `:qualifier`.</summary>
/// <param name="Qualifier">`$LATEST`, a version's number, an alias; null when none was given.</param>
internal sealed partial record FunctionRef(string Account, string Region, string Name, string? Qualifier)
{
    public const string Latest = "$LATEST";

    private const string Pattern = @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    /// <summary>ARN without qualifier.</summary>
    [JsonIgnore]
    public string Arn => new Arn("lambda", Region, Account, "function:" + Name).ToString();

    /// <summary>ARN with the qualifier that was given, if one was.</summary>
    [JsonIgnore]
    public string QualifiedArn => Qualifier is null ? Arn : $"{Arn}:{Qualifier}";

    [JsonIgnore]
    public FunctionRef Unqualified => this with { Qualifier = null };

    /// <summary>The published version that is meant; null for $LATEST and aliases.</summary>
    [JsonIgnore]
    public long? VersionNumber => long.TryParse(Qualifier, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [JsonIgnore]
    public bool IsAlias => Qualifier is not (null or Latest) && VersionNumber is null;

    public static FunctionRef Parse(string text, Call call, string? qualifier = null) => Parse(text, call.Account, call.Region, qualifier);

    public static FunctionRef Parse(string text, string account, string region, string? qualifier = null)
    {
        if (text.Length > 256 || Form().Match(text) is not { Success: true } match)
            throw Errors.Constraint(text, "functionName", "Member must satisfy regular expression pattern: " + Pattern);
        var inName = match.Groups["qualifier"] is { Success: true } group ? group.Value : null;
        if (inName is not null && qualifier is not null && inName != qualifier)
            throw Errors.InvalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
        if (qualifier is not null && !QualifierForm().IsMatch(qualifier))
            throw Errors.Constraint(qualifier, "qualifier", @"Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)");
        return new FunctionRef(
            match.Groups["account"] is { Success: true } a ? a.Value : account, match.Groups["region"] is { Success: true } r ? r.Value : region,
            match.Groups["name"].Value, inName ?? qualifier);
    }

    [GeneratedRegex(@"^(?:arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):)?(?:(?<account>[0-9]{12}):)?(?:function:)?(?<name>[a-zA-Z0-9_-]{1,64})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?$")]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?:\$LATEST|[a-zA-Z0-9_-]{1,128})$")]
    private static partial Regex QualifierForm();
}

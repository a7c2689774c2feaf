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

    /// <summary>No alias has a `$` in its name.</summary>
    [JsonIgnore]
    public bool IsAlias => Qualifier is { } qualifier && VersionNumber is null && !qualifier.Contains('$', StringComparison.Ordinal);

    /// <summary>As a request names it: a function of another region or account is refused as AWS refuses it.</summary>
    /// <param name="text">Name, partial or whole ARN.</param>
    /// <param name="call">Whose account and region count.</param>
    /// <param name="qualifier">Said beside the name.</param>
    /// <param name="form">What the operation takes for a name; null for the widest.</param>
    public static FunctionRef Parse(string text, Call call, string? qualifier = null, FunctionNameForm? form = null)
    {
        var function = Parse(text, call.Account, call.Region, qualifier, form);
        if (function.Region != call.Region) throw Errors.NotFound($"Functions from '{function.Region}' are not reachable in this region ('{call.Region}')");
        return function.Account == call.Account ? function : throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to use {function.QualifiedArn}, which is another account's");
    }

    public static FunctionRef Parse(string text, string account, string region, string? qualifier = null, FunctionNameForm? form = null)
    {
        form ??= FunctionNameForm.Namespaced;
        var wrong = new List<string>();
        if (qualifier is { Length: > 128 }) wrong.Add(Errors.Violation(qualifier, "qualifier", "Member must have length less than or equal to 128"));
        if (qualifier is not null && !QualifierForm().IsMatch(qualifier)) wrong.Add(Errors.Violation(qualifier, "qualifier", "Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)"));
        if (text.Length > form.Longest) wrong.Add(Errors.Violation(text, "functionName", $"Member must have length less than or equal to {form.Longest}"));
        var match = form.Form.Match(text);
        if (!match.Success) wrong.Add(Errors.Violation(text, "functionName", "Member must satisfy regular expression pattern: " + form.Pattern));
        if (wrong.Count > 0) throw Errors.Invalid(wrong);
        var inName = match.Groups["qualifier"] is { Success: true } group ? group.Value : null;
        if (inName is not null && qualifier is not null && inName != qualifier)
            throw Errors.InvalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
        return new FunctionRef(
            match.Groups["account"] is { Success: true } a ? a.Value : account, match.Groups["region"] is { Success: true } r ? r.Value : region,
            match.Groups["name"].Value, inName ?? qualifier);
    }

    [GeneratedRegex(@"^[a-zA-Z0-9$_-]+\z")]
    private static partial Regex QualifierForm();
}

/// <summary>What an operation takes for a function's name; AWS's model has three of them and its errors quote their patterns.</summary>
/// <param name="Longest">In characters.</param>
/// <param name="Pattern">As AWS writes it.</param>
/// <param name="Form">The same, with groups `region`, `account`, `name`, `qualifier`.</param>
internal sealed partial record FunctionNameForm(int Longest, string Pattern, Regex Form)
{
    private const string Before = @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?";
    private const string Groups = @"^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-[0-9]):)?(?:(?<account>[0-9]{12}):)?(?:function:)?";

    public static readonly FunctionNameForm Namespaced = new(256, Before + @"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?", NamespacedForm());
    public static readonly FunctionNameForm Plain = new(140, Before + @"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?", PlainForm());
    public static readonly FunctionNameForm Unqualified = new(140, Before + "([a-zA-Z0-9-_]+)", UnqualifiedForm());

    [GeneratedRegex(Groups + @"(?<name>[a-zA-Z0-9_.-]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?\z")]
    private static partial Regex NamespacedForm();

    [GeneratedRegex(Groups + @"(?<name>[a-zA-Z0-9_-]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?\z")]
    private static partial Regex PlainForm();

    [GeneratedRegex(Groups + @"(?<name>[a-zA-Z0-9_-]+)\z")]
    private static partial Regex UnqualifiedForm();
}

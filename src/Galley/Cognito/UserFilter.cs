using System.Text.RegularExpressions;

namespace Galley.Cognito;

/// <summary>The filter of ListUsers: `email = "x"`, `username ^= "a"`.</summary>
internal static partial class UserFilter
{
    private static readonly string[] Names = ["username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username", "cognito:user_status", "status", "sub"];

    public static Func<User, bool> Parse(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter)) return _ => true;
        if (Filter().Match(filter) is not { Success: true } match || !Names.Contains(match.Groups["name"].Value))
            throw Errors.Parameter("Error while parsing filter. Please check your filter syntax and try again.");
        var name = match.Groups["name"].Value;
        var wanted = match.Groups["value"].Value.Replace("\\\"", "\"").Replace("\\\\", "\\");
        var prefix = match.Groups["op"].Value == "^=";
        return user => Value(user, name) is { } value && (prefix ? value.StartsWith(wanted, StringComparison.Ordinal) : value == wanted);
    }

    private static string? Value(User user, string name) => name switch
    {
        "username" => user.Username,
        "sub" => user.Sub,
        "cognito:user_status" => user.Status,
        "status" => user.Enabled ? "Enabled" : "Disabled",
        _ => user[name],
    };

    [GeneratedRegex("""^\s*"?(?<name>[\w:]+)"?\s*(?<op>\^?=)\s*"(?<value>(?:[^"\\]|\\.)*)"\s*$""")]
    private static partial Regex Filter();
}
